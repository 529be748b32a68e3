/** How fresh a read was asked to be; see the library's ReadConsistency. */
export type Level = 'strong' | 'session' | 'bounded' | 'eventual';

/** Where a session is, as its token says: LSN as text, because JSON has no bigint. */
export interface TokenPosition {
  readonly timeline: number;
  readonly lsn: string;
}

/** What one operation saw of one key. Version 0: the key was not there. */
export interface Observation {
  readonly key: string;
  readonly version: number;
  /** The operation that wrote this version; undefined: nobody in this history, or the answer does not tell. */
  readonly writer?: string | undefined;
}

/** What an operation wrote, or tried to. The version is known once it was acknowledged. */
export interface Written {
  readonly key: string;
  readonly version?: number | undefined;
}

/** Two things that were written in one transaction, as one snapshot showed them: they must agree. */
export interface Pair {
  readonly what: string;
  readonly values: readonly [number, number];
}

/** ok: acknowledged. failed: reported as not done. unknown: nobody said what became of it. */
export type Outcome = 'ok' | 'failed' | 'unknown';

export interface OperationLine {
  readonly line: 'operation';
  /** Names the operation, and what it wrote. */
  readonly id: string;
  readonly session: string;
  readonly phase: string;
  /** `pool`, or the name of the service. */
  readonly via: string;
  readonly op: 'write' | 'transaction' | 'read' | 'read-only-transaction';
  /** Of what it reads; undefined where it reads nothing at a level of its own. */
  readonly level?: Level | undefined;
  readonly maxStalenessMs?: number | undefined;
  readonly writes: readonly Written[];
  readonly reads: readonly Observation[];
  readonly pairs?: readonly Pair[];
  /** Idempotency key. */
  readonly request?: string | undefined;
  readonly tokenIn?: TokenPosition | undefined;
  readonly tokenOut?: TokenPosition | undefined;
  /** Where the last statement ran, and why there. */
  readonly node?: string | undefined;
  readonly role?: string | undefined;
  readonly reason?: string | undefined;
  readonly timeline?: number | undefined;
  /** Monotonic, in milliseconds, of one process. */
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: Outcome;
  readonly error?: string | undefined;
}

/** What the primary has when all is healed: one line a version that survived. */
export interface FinalLine {
  readonly line: 'final';
  readonly key: string;
  readonly version: number;
  readonly writer?: string | undefined;
  /** Idempotency key of the request that made it; null: nobody knows one, though each request had one. */
  readonly request?: string | null | undefined;
  readonly pairs?: readonly Pair[];
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
  /** How much later than its bound a bounded read may be: what probing cannot see. */
  readonly probingToleranceMs: number;
}

export type HistoryLine = RunLine | OperationLine | FaultLine | FinalLine;
