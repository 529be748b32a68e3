/** The consistency level requested for a read; see the library's ReadConsistency. */
export type Level = 'strong' | 'session' | 'bounded' | 'eventual';

/** The position in a session's token. The LSN is text, because JSON has no bigint. */
export interface TokenPosition {
  readonly timeline: number;
  readonly lsn: string;
}

/** What one operation saw of one key. Version 0: the key did not exist. */
export interface Observation {
  readonly key: string;
  readonly version: number;
  /**
   * The operation that wrote this version; undefined: no operation in this history, or the answer does not
   * say.
   */
  readonly writer?: string | undefined;
}

/** What an operation wrote or tried to write. The version is known once the write was acknowledged. */
export interface Written {
  readonly key: string;
  readonly version?: number | undefined;
}

/** Two values written in one transaction, as one snapshot showed them: they must agree. */
export interface Pair {
  readonly what: string;
  readonly values: readonly [number, number];
}

/** ok: acknowledged. failed: reported as not done. unknown: no answer said what happened. */
export type Outcome = 'ok' | 'failed' | 'unknown';

export interface OperationLine {
  readonly line: 'operation';
  /** Identifies the operation and what it wrote. */
  readonly id: string;
  readonly session: string;
  readonly phase: string;
  /** `pool`, or the name of the service. */
  readonly via: string;
  readonly op: 'write' | 'transaction' | 'read' | 'read-only-transaction';
  /** The level of its reads; undefined when it reads nothing at a specific level. */
  readonly level?: Level | undefined;
  readonly maxStalenessMs?: number | undefined;
  /** How long its process had stood still shortly before: its last probes were older by that much. */
  readonly stoodStillMs?: number | undefined;
  readonly writes: readonly Written[];
  readonly reads: readonly Observation[];
  readonly pairs?: readonly Pair[];
  /** Idempotency key. */
  readonly request?: string | undefined;
  readonly tokenIn?: TokenPosition | undefined;
  readonly tokenOut?: TokenPosition | undefined;
  /** Where the last statement ran, and why. */
  readonly node?: string | undefined;
  readonly role?: string | undefined;
  readonly reason?: string | undefined;
  readonly timeline?: number | undefined;
  /** Monotonic times of one process, in milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: Outcome;
  readonly error?: string | undefined;
}

/** The primary's final state: one line for each surviving version. */
export interface FinalLine {
  readonly line: 'final';
  readonly key: string;
  readonly version: number;
  readonly writer?: string | undefined;
  /** Idempotency key of the request that made it; null: no key is known, although each request had one. */
  readonly request?: string | null | undefined;
  readonly pairs?: readonly Pair[];
}

/**
 * A version that was committed and is not in the final state, because replication had not promised to keep
 * it: a failover left it behind. Only a history of a simulated cluster has such lines, since only there the
 * truth is known.
 */
export interface LostLine {
  readonly line: 'lost';
  readonly key: string;
  readonly version: number;
  readonly writer: string;
}

/**
 * A version that is in the final state, and that this timeline never had, although the timeline is newer: it
 * began with a replica that was promoted while the former primary went on and wrote the version. A later
 * promotion, of a replica that followed the former primary, has brought the version back. Only a history of a
 * simulated cluster has such lines.
 */
export interface MissingLine {
  readonly line: 'missing';
  readonly key: string;
  readonly version: number;
  readonly writer: string;
  readonly timeline: number;
}

/**
 * A version that a replica has shown before its primary did: the primary waited for a synchronous standby to
 * confirm the commit, and showed the version only then (PostgreSQL manual, "Synchronous Replication").
 */
export interface EarlyLine {
  readonly line: 'early';
  readonly key: string;
  readonly version: number;
  /** When the primary showed it. */
  readonly untilMs: number;
}

export interface FaultLine {
  readonly line: 'fault';
  readonly name: string;
  readonly detail: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** How the history was made; the first line. */
export interface RunLine {
  readonly line: 'run';
  readonly seed: number;
  readonly seconds: number;
  /** How much older than its bound a bounded read may be, because of the limits of probing. */
  readonly probingToleranceMs: number;
}

export type HistoryLine =
  RunLine | OperationLine | FaultLine | FinalLine | LostLine | MissingLine | EarlyLine;
