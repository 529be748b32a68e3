import type { Level, OperationLine } from '../history/lines';

/** What is promised, one name each. */
export const GUARANTEES = [
  'read-your-writes',
  'monotonic-reads',
  'strong-reads',
  'bounded-staleness',
  'acknowledged-writes-kept',
  'failed-writes-absent',
  'one-effect-per-request',
  'all-or-nothing',
  'tokens-never-go-back',
  'genuine-tokens-accepted',
  'no-write-on-a-replica',
] as const;
export type Guarantee = (typeof GUARANTEES)[number];

export interface Violation {
  readonly guarantee: Guarantee;
  /** Of the read that shows it; undefined where it is no read's. */
  readonly level: Level | undefined;
  /** The operation; undefined: the final state shows it. */
  readonly operation: string | undefined;
  readonly message: string;
}

export function violationOf(guarantee: Guarantee, operation: OperationLine, message: string): Violation {
  const { id, level, session, via, node, role } = operation;
  const where = `${session} by ${via}${node === undefined ? '' : ` on ${node} (${role ?? 'role unknown'})`}`;
  return { guarantee, level, operation: id, message: `${id}, ${where}: ${message}` };
}
