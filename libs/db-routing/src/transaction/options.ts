import type { Durability, IsolationLevel } from '../engine/characteristics';

/** What happens where a transaction is open already, or is not; the vocabulary of Spring. */
export type Propagation =
  'REQUIRED' | 'REQUIRES_NEW' | 'NESTED' | 'SUPPORTS' | 'MANDATORY' | 'NOT_SUPPORTED' | 'NEVER';

const ISOLATION_LEVELS: ReadonlyMap<string, IsolationLevel> = new Map([
  // PostgreSQL has no dirty reads (manual, "Transaction Isolation").
  ['READ UNCOMMITTED', 'READ COMMITTED'],
  ['READ COMMITTED', 'READ COMMITTED'],
  ['REPEATABLE READ', 'REPEATABLE READ'],
  ['SERIALIZABLE', 'SERIALIZABLE'],
]);

/** What PostgreSQL makes of a level of the SQL standard, in capitals; undefined for what is none. */
export function isolationLevelOf(level: string): IsolationLevel | undefined {
  return ISOLATION_LEVELS.get(level);
}

/** Running the whole function again after a serialization failure (40001) or a deadlock (40P01). */
export interface RetryOptions {
  /** Runs in all, the first included; at least 1. */
  readonly attempts: number;
  /** First pause, doubled each time and drawn at random up to that. Default 20. */
  readonly baseDelayMs?: number;
  /** Longest pause. Default 1000. */
  readonly maxDelayMs?: number;
}

interface Named {
  /** For errors and logs; default: the method's or the function's name. */
  readonly name?: string;
}

interface Beginning extends Named {
  readonly propagation?: 'REQUIRED' | 'REQUIRES_NEW' | 'NESTED';
  /** Limit for the whole transaction, in milliseconds. It is rolled back on the server. */
  readonly timeoutMs?: number;
  /** Only where this scope is the outermost: a joined scope cannot repeat what came before it. */
  readonly retry?: RetryOptions;
}

interface ReadWrite extends Beginning {
  readonly readOnly?: false;
  readonly isolation?: IsolationLevel;
  readonly deferrable?: never;
  readonly durability?: Durability;
  readonly issuesToken?: true;
}

/** May be lost in a crash of the primary after it was acknowledged, so no position can be promised for it. */
interface Relaxed extends Beginning {
  readonly readOnly?: false;
  readonly isolation?: IsolationLevel;
  readonly deferrable?: never;
  readonly durability: 'off';
  readonly issuesToken: false;
}

interface ReadOnly extends Beginning {
  readonly readOnly: true;
  readonly isolation?: IsolationLevel;
  readonly deferrable?: never;
  readonly durability?: never;
  readonly issuesToken?: never;
}

/** Waits for a snapshot on which it can never fail; only the primary has one. */
interface Deferrable extends Beginning {
  readonly readOnly: true;
  readonly isolation: 'SERIALIZABLE';
  readonly deferrable: true;
  readonly durability?: never;
  readonly issuesToken?: never;
}

interface Joining extends Named {
  readonly propagation: 'MANDATORY';
  /** Required of the transaction that is open. */
  readonly isolation?: IsolationLevel;
  readonly readOnly?: boolean;
  readonly deferrable?: never;
  readonly durability?: never;
  readonly timeoutMs?: never;
  readonly retry?: never;
  readonly issuesToken?: never;
}

interface Indifferent extends Named {
  readonly propagation: 'SUPPORTS' | 'NOT_SUPPORTED' | 'NEVER';
  readonly isolation?: never;
  readonly readOnly?: never;
  readonly deferrable?: never;
  readonly durability?: never;
  readonly timeoutMs?: never;
  readonly retry?: never;
  readonly issuesToken?: never;
}

/** Options of a transaction scope. Those that cannot go together do not compile. */
export type TransactionOptions = ReadWrite | Relaxed | ReadOnly | Deferrable | Joining | Indifferent;
