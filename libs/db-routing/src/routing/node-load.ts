import type { Clock } from '../clock';
import type { NodeStatus } from '../cluster/topology/snapshot';

export interface NodeLoadOptions {
  readonly clock: Clock;
  /** A node that has just come back gets its full share only after this long: its caches are cold. */
  readonly slowStartMs: number;
}

/** The share that a node gets in the first moment. */
const MIN_SHARE = 0.1;
/** Below this, differences are those of caches and schedulers, and no reason to leave a replica idle. */
const LATENCY_FLOOR_MS = 25;
/** Nothing is taken to be faster: ratios of fractions of a millisecond say nothing. */
const MIN_BEST_MS = 1;
/** How fast a new measurement replaces the old ones. */
const WEIGHT_OF_NEW = 0.2;
/** A node above the floor that is fast again has few reads to show it by. */
const WEIGHT_OF_RECOVERY = 0.5;
/** What one read can add to a node below the floor, however long it took: it needs several to be taken for slow. */
const MAX_STEP_MS = 0.8 * LATENCY_FLOOR_MS;
/** A read that was answered elsewhere, though asked there later, would have taken longer than it was waited for; how much is not known. */
const OVERTAKEN_MS = 2 * LATENCY_FLOOR_MS;
/** So many times as slow as the best: of no help to others. */
const FAR_SLOWER = 2;
/** A node above the floor that is idle gets one read after so many and so long, */
const READS_PER_TRIAL = 400;
const MIN_TRIAL_PAUSE_MS = 250;
/** and after this long, however few there were. */
const MAX_TRIAL_PAUSE_MS = 5000;
/** What was measured says nothing any more after this long; the node may be gone. */
const MEMORY_MS = 60_000;
const REVIEW_MS = 100;

interface Latency {
  ms: number;
  measuredAtMs: number;
  /** How many reads there had been on all replicas. */
  measuredAtRead: number;
}

/**
 * What one more read on a node would cost: those that are there already, times how slow it is. Replicas below the floor are all equally
 * fast. One above it counts by how many times it is slower than the best, squared: it gets next to nothing while there is a fast one,
 * and its share where all are slow. One read at a time, now and then, finds out whether it has recovered.
 */
export class NodeLoad {
  readonly #latencies = new Map<string, Latency>();
  /** By name: statements, transactions and clients that are on the node, or wait for a connection to it. */
  readonly #underWay = new Map<string, number>();
  #reads = 0;
  #bestMs = Infinity;
  #reviewedAtMs = 0;

  constructor(private readonly options: NodeLoadOptions) {}

  /** Something begins on the node; end() must follow. */
  begin({ address }: NodeStatus): void {
    this.#underWay.set(address.name, this.#onNode(address.name) + 1);
  }

  end({ address }: NodeStatus): void {
    const left = this.#onNode(address.name) - 1;
    if (left > 0) this.#underWay.set(address.name, left);
    // A node that is gone for good leaves nothing behind.
    else this.#underWay.delete(address.name);
  }

  /** A read took so long on the node. The primary's latency, mostly that of writes, is of no interest. */
  record({ address, role }: NodeStatus, latencyMs: number): void {
    if (role !== 'replica') return;
    const nowMs = this.options.clock.now();
    this.#reads += 1;
    const ms = averaged(this.#latencies.get(address.name)?.ms, latencyMs);
    this.#latencies.set(address.name, { ms, measuredAtMs: nowMs, measuredAtRead: this.#reads });
    if (nowMs - this.#reviewedAtMs >= REVIEW_MS) this.#review(nowMs);
  }

  /** Another node has answered a read that this one was asked earlier, `elapsedMs` ago. */
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
    // Squared: a burst on the fast ones is over before a slow one has answered its first.
    return load * (latency.ms / bestMs) ** 2;
  };

  #onNode(name: string): number {
    return this.#underWay.get(name) ?? 0;
  }

  /** Whether the node takes far longer than the best. */
  isSlow({ address }: NodeStatus): boolean {
    const latency = this.#latencies.get(address.name);
    return latency !== undefined && latency.ms > LATENCY_FLOOR_MS && latency.ms > FAR_SLOWER * this.#bestMs;
  }

  #isTrialDue({ measuredAtMs, measuredAtRead }: Latency): boolean {
    const pauseMs = this.options.clock.now() - measuredAtMs;
    if (pauseMs >= MAX_TRIAL_PAUSE_MS) return true;
    return pauseMs >= MIN_TRIAL_PAUSE_MS && this.#reads - measuredAtRead >= READS_PER_TRIAL;
  }

  /** Finds the best one. Done now and then, so that a read costs the same however many nodes there are. */
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
  // A first read meets cold caches, and may have waited for a connection.
  if (beforeMs === undefined) return Math.min(latencyMs, MAX_STEP_MS);
  const difference = latencyMs - beforeMs;
  if (beforeMs <= LATENCY_FLOOR_MS) return beforeMs + Math.min(difference * WEIGHT_OF_NEW, MAX_STEP_MS);
  return beforeMs + difference * (difference < 0 ? WEIGHT_OF_RECOVERY : WEIGHT_OF_NEW);
}
