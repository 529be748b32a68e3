import type { Durability, IsolationLevel } from '../engine/characteristics';

/** What happens when a transaction is open already, and when none is; the names are Spring's. */
export type Propagation =
  'REQUIRED' | 'REQUIRES_NEW' | 'NESTED' | 'SUPPORTS' | 'MANDATORY' | 'NOT_SUPPORTED' | 'NEVER';

const ISOLATION_LEVELS: ReadonlyMap<string, IsolationLevel> = new Map([
  // PostgreSQL has no dirty reads (manual, "Transaction Isolation").
  ['READ UNCOMMITTED', 'READ COMMITTED'],
  ['READ COMMITTED', 'READ COMMITTED'],
  ['REPEATABLE READ', 'REPEATABLE READ'],
  ['SERIALIZABLE', 'SERIALIZABLE'],
]);

/**
 * Maps a level of the SQL standard, in capitals, to the one that PostgreSQL runs it as; undefined for an
 * unknown level.
 */
export function isolationLevelOf(level: string): IsolationLevel | undefined {
  return ISOLATION_LEVELS.get(level);
}

/** Runs the whole function again after a serialization failure (40001) or a deadlock (40P01). */
export interface RetryOptions {
  /** Number of runs, the first included; at least 1. */
  readonly attempts: number;
  /**
   * Upper bound of the first pause, in milliseconds, doubled for each further one; the pause is random.
   * Default 20.
   */
  readonly baseDelayMs?: number;
  /** Upper bound of all pauses, in milliseconds. Default 1000. */
  readonly maxDelayMs?: number;
}

interface Named {
  /** For errors and logs. Default: the name of the method or function. */
  readonly name?: string;
}

interface Beginning extends Named {
  readonly propagation?: 'REQUIRED' | 'REQUIRES_NEW' | 'NESTED';
  /**
   * Limit for the whole transaction, in milliseconds; beyond it, the transaction is rolled back on the
   * server.
   */
  readonly timeoutMs?: number;
  /** Applies only when this scope is the outermost one: a joined scope cannot repeat what came before it. */
  readonly retry?: RetryOptions;
}

interface ReadWrite extends Beginning {
  readonly readOnly?: false;
  readonly isolation?: IsolationLevel;
  readonly deferrable?: never;
  readonly durability?: Durability;
  readonly issuesToken?: true;
}

/**
 * A crash of the primary may lose the commit after it was acknowledged, so no position can be promised for
 * it.
 */
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

/** Waits for a snapshot on which it cannot fail; only the primary provides one. */
interface Deferrable extends Beginning {
  readonly readOnly: true;
  readonly isolation: 'SERIALIZABLE';
  readonly deferrable: true;
  readonly durability?: never;
  readonly issuesToken?: never;
}

interface Joining extends Named {
  readonly propagation: 'MANDATORY';
  /** The level that the open transaction must have. */
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

/** Options of a transaction scope. Combinations that contradict each other do not compile. */
export type TransactionOptions = ReadWrite | Relaxed | ReadOnly | Deferrable | Joining | Indifferent;
