import type { PeerName } from '../peers';
import type { Wiring } from '../peers/peer';
import type { ShopData } from '../works/statements/statement-work';
import type { LatencySummary } from '../statistics';

/** What a contender's process is started with. */
export interface ContenderSetup {
  readonly peer: PeerName;
  readonly wiring: Wiring;
  readonly shop: ShopData;
}

/** So many callers, each asking again as soon as it was answered. */
export interface ClosedLoad {
  readonly kind: 'closed';
  readonly callers: number;
  /** Runs before what is counted. */
  readonly warmMs: number;
}

/** So many a second, whatever becomes of those before: a latency counts from when the operation was due. */
export interface OpenLoad {
  readonly kind: 'open';
  readonly ratePerSecond: number;
  /** What is not answered by then has failed, and counts as this long. */
  readonly limitMs: number;
}

export interface MeasureRequest {
  /** Names of statement works, which take turns. */
  readonly works: readonly string[];
  readonly load: ClosedLoad | OpenLoad;
  readonly durationMs: number;
}

export interface Sample extends LatencySummary {
  readonly operations: number;
  readonly durationMs: number;
  /** Answered, but not rightly. */
  readonly wrong: number;
  /** Rejected, or not answered in time. */
  readonly failed: number;
  readonly firstError: string | undefined;
  /** Of all operations, those of the warming up as well. */
  readonly allOperations: number;
  /** What the contender's own process spent on all of them; the servers' is not in it. */
  readonly cpuMs: number;
  readonly peakRssBytes: number;
}

export interface MemorySample {
  /** After a garbage collection. */
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** Sockets, timers and the like that are open. */
  readonly resources: number;
}

export type Command =
  | { readonly id: number; readonly do: 'works' }
  | { readonly id: number; readonly do: 'measure'; readonly request: MeasureRequest }
  | { readonly id: number; readonly do: 'memory' }
  | { readonly id: number; readonly do: 'close' };

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
