import type { Clock } from '../clock';
import type { NodeStatus } from '../cluster/topology/snapshot';

export interface NodeLoadOptions {
  readonly clock: Clock;
  /**
   * A recovered node receives its full share of reads only after this many milliseconds, because its caches
   * are cold.
   */
  readonly slowStartMs: number;
}

/** The share of a node that has just recovered. */
const MIN_SHARE = 0.1;
/** Differences below this come from caches and schedulers, and are no reason to leave a replica idle. */
const LATENCY_FLOOR_MS = 25;
/** The best latency counts as at least this: ratios between fractions of a millisecond mean nothing. */
const MIN_BEST_MS = 1;
/** Weight of a new measurement in the moving average. */
const WEIGHT_OF_NEW = 0.2;
/** The same while a node above the floor improves: it gets few reads to prove that it has recovered. */
const WEIGHT_OF_RECOVERY = 0.5;
/**
 * The most that one read can add while a node is below the floor: it takes several slow reads to call a node
 * slow.
 */
const MAX_STEP_MS = 0.8 * LATENCY_FLOOR_MS;
/**
 * The least that an overtaken read counts for: another node was asked later and answered first, so the true
 * latency is unknown.
 */
const OVERTAKEN_MS = 2 * LATENCY_FLOOR_MS;
/** A node that is this many times slower than the best is no help to other nodes. */
const FAR_SLOWER = 2;
/** An idle node above the floor gets one trial read after this many reads on all replicas and this pause, */
const READS_PER_TRIAL = 400;
const MIN_TRIAL_PAUSE_MS = 250;
/** or after this pause, regardless of the number of reads. */
const MAX_TRIAL_PAUSE_MS = 5000;
/** A measurement is forgotten after this time; the node may be gone. */
const MEMORY_MS = 60_000;
const REVIEW_MS = 100;

interface Latency {
  ms: number;
  measuredAtMs: number;
  /** Number of reads on all replicas by then. */
  measuredAtRead: number;
}

/**
 * Estimates the cost of one more read on a node: the work already on it, times how slow it is. Replicas below
 * the latency floor count as equally fast. One above it is weighted by the square of how many times slower
 * than the best it is: it gets almost no reads while there is a fast replica, and its share when all are
 * slow. An occasional trial read detects when it has recovered.
 */
export class NodeLoad {
  readonly #latencies = new Map<string, Latency>();
  /**
   * By node name: statements, transactions and clients that are on the node, or wait for a connection to it.
   */
  readonly #underWay = new Map<string, number>();
  #reads = 0;
  #bestMs = Infinity;
  #reviewedAtMs = 0;

  constructor(private readonly options: NodeLoadOptions) {}

  /** Call this when work begins on the node, and end() when it is over. */
  begin({ address }: NodeStatus): void {
    this.#underWay.set(address.name, this.#onNode(address.name) + 1);
  }

  end({ address }: NodeStatus): void {
    const left = this.#onNode(address.name) - 1;
    if (left > 0) this.#underWay.set(address.name, left);
    // Deleting the entry leaves nothing behind for nodes that are gone.
    else this.#underWay.delete(address.name);
  }

  /**
   * Records the latency of a read on the node. The primary's latency is ignored: it comes mostly from writes.
   */
  record({ address, role }: NodeStatus, latencyMs: number): void {
    if (role !== 'replica') return;
    const nowMs = this.options.clock.now();
    this.#reads += 1;
    const ms = averaged(this.#latencies.get(address.name)?.ms, latencyMs);
    this.#latencies.set(address.name, { ms, measuredAtMs: nowMs, measuredAtRead: this.#reads });
    if (nowMs - this.#reviewedAtMs >= REVIEW_MS) this.#review(nowMs);
  }

  /** Records that another node answered a read first, which this node was asked for `elapsedMs` ago. */
  recordOvertaken(node: NodeStatus, elapsedMs: number): void {
    this.record(node, Math.max(OVERTAKEN_MS, elapsedMs));
  }

  readonly of = (node: NodeStatus): number => {
    const inUse = this.#onNode(node.address.name);
    const latency = this.#latencies.get(node.address.name);
    const load = (inUse + 1) / this.#share(node);
    if (!latency || latency.ms <= LATENCY_FLOOR_MS) return load;
    if (inUse === 0 && this.#isTrialDue(latency)) return 0;
    const bestMs = Math.min(LATENCY_FLOOR_MS, Math.max(MIN_BEST_MS, this.#bestMs));
    // Squared, because the fast nodes finish a whole burst before a slow one answers its first read.
    return load * (latency.ms / bestMs) ** 2;
  };

  #onNode(name: string): number {
    return this.#underWay.get(name) ?? 0;
  }

  /** Whether the node is far slower than the best replica. */
  isSlow({ address }: NodeStatus): boolean {
    const latency = this.#latencies.get(address.name);
    return latency !== undefined && latency.ms > LATENCY_FLOOR_MS && latency.ms > FAR_SLOWER * this.#bestMs;
  }

  #isTrialDue({ measuredAtMs, measuredAtRead }: Latency): boolean {
    const pauseMs = this.options.clock.now() - measuredAtMs;
    if (pauseMs >= MAX_TRIAL_PAUSE_MS) return true;
    return pauseMs >= MIN_TRIAL_PAUSE_MS && this.#reads - measuredAtRead >= READS_PER_TRIAL;
  }

  /**
   * Finds the best latency. Runs at intervals, so that the cost of a read does not depend on the number of
   * nodes.
   */
  #review(nowMs: number): void {
    this.#reviewedAtMs = nowMs;
    this.#bestMs = Infinity;
    for (const [name, { ms, measuredAtMs }] of this.#latencies) {
      if (nowMs - measuredAtMs > MEMORY_MS) this.#latencies.delete(name);
      else if (ms < this.#bestMs) this.#bestMs = ms;
    }
  }

  #share({ upSinceMs }: NodeStatus): number {
    if (upSinceMs === undefined) return 1;
    const { clock, slowStartMs } = this.options;
    return Math.min(1, Math.max(MIN_SHARE, (clock.now() - upSinceMs) / slowStartMs));
  }
}

function averaged(beforeMs: number | undefined, latencyMs: number): number {
  // The first read meets cold caches, and may have waited for a connection.
  if (beforeMs === undefined) return Math.min(latencyMs, MAX_STEP_MS);
  const difference = latencyMs - beforeMs;
  if (beforeMs <= LATENCY_FLOOR_MS) return beforeMs + Math.min(difference * WEIGHT_OF_NEW, MAX_STEP_MS);
  return beforeMs + difference * (difference < 0 ? WEIGHT_OF_RECOVERY : WEIGHT_OF_NEW);
}
