import type { PeerName } from '../peers';
import type { Wiring } from '../peers/peer';
import type { ShopData } from '../works/statements/statement-work';
import type { LatencySummary } from '../statistics';

/** The start parameters of a contender's process. */
export interface ContenderSetup {
  readonly peer: PeerName;
  readonly wiring: Wiring;
  readonly shop: ShopData;
}

/** The number of callers; each sends its next operation as soon as it has an answer. */
export interface ClosedLoad {
  readonly kind: 'closed';
  readonly callers: number;
  /** Time before counting starts. */
  readonly warmMs: number;
}

/**
 * Operations per second, sent regardless of earlier ones: a latency counts from when the operation was due.
 */
export interface OpenLoad {
  readonly kind: 'open';
  readonly ratePerSecond: number;
  /** An operation without an answer by then has failed, and counts as this long. */
  readonly limitMs: number;
}

export interface MeasureRequest {
  /** Names of statement works, run alternately. */
  readonly works: readonly string[];
  readonly load: ClosedLoad | OpenLoad;
  readonly durationMs: number;
}

export interface Sample extends LatencySummary {
  readonly operations: number;
  readonly durationMs: number;
  /** Answered, but incorrectly. */
  readonly wrong: number;
  /** Rejected, or not answered in time. */
  readonly failed: number;
  readonly firstError: string | undefined;
  /** All operations, including those of the warm-up. */
  readonly allOperations: number;
  /** The CPU time that the contender's process spent on all of them, without the servers'. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

export interface MemorySample {
  /** Measured after a garbage collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Open sockets, timers and similar. */
  readonly resources: number;
}

export type Command =
  | { readonly id: number; readonly do: 'measure'; readonly request: MeasureRequest }
  | { readonly id: number; readonly do: 'memory' }
  | { readonly id: number; readonly do: 'close' };

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
