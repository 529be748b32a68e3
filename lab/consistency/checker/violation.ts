import type { Level, OperationLine } from '../history/lines';

/** The guarantees, by name. */
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
  /** The consistency level of the violating read; undefined when it is not a read. */
  readonly level: Level | undefined;
  /** The operation; undefined when the final state shows the violation. */
  readonly operation: string | undefined;
  readonly message: string;
}

export function violationOf(guarantee: Guarantee, operation: OperationLine, message: string): Violation {
  const { id, level, session, via, node, role } = operation;
  const where = `${session} by ${via}${node === undefined ? '' : ` on ${node} (${role ?? 'role unknown'})`}`;
  return { guarantee, level, operation: id, message: `${id}, ${where}: ${message}` };
}
