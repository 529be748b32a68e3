import type { Clock } from '../clock';
import type { NodeStatus } from '../topology/snapshot';

export interface NodeLoadOptions {
  readonly clock: Clock;
  /** Connections in use, and waited for. */
  readonly inUse: (node: NodeStatus) => number;
  /** A node that has just come back gets its full share only after this long: its caches are cold. */
  readonly slowStartMs: number;
}

/** How fast a new measurement replaces the old ones. */
const WEIGHT_OF_NEW = 0.1;
/** The share that a node gets in the first moment. */
const MIN_SHARE = 0.1;
/** Below this, differences are those of caches and schedulers, and no reason to leave a replica idle. */
const LATENCY_FLOOR_MS = 25;
/** What was measured counts half after this long: a node that was slow is tried again. */
const HALF_LIFE_MS = 5000;

interface Latency {
  readonly ms: number;
  readonly atMs: number;
}

/** What one more read on a node would cost: those that are there already, times how long each takes. */
export class NodeLoad {
  readonly #latencies = new Map<string, Latency>();

  constructor(private readonly options: NodeLoadOptions) {}

  /** A read took so long on the node. */
  record(node: NodeStatus, latencyMs: number): void {
    // A first statement meets cold caches, and says little.
    const before = this.#latencyOf(node) ?? LATENCY_FLOOR_MS;
    const ms = before + (latencyMs - before) * WEIGHT_OF_NEW;
    this.#latencies.set(node.address.name, { ms, atMs: this.options.clock.now() });
  }

  readonly of = (node: NodeStatus): number => {
    const latencyMs = Math.max(LATENCY_FLOOR_MS, this.#latencyOf(node) ?? 0);
    return ((this.options.inUse(node) + 1) * latencyMs) / this.#share(node);
  };

  #latencyOf({ address }: NodeStatus): number | undefined {
    const latency = this.#latencies.get(address.name);
    if (!latency) return undefined;
    return latency.ms * 0.5 ** ((this.options.clock.now() - latency.atMs) / HALF_LIFE_MS);
  }

  #share({ upSinceMs }: NodeStatus): number {
    if (upSinceMs === undefined) return 1;
    const { clock, slowStartMs } = this.options;
    return Math.min(1, Math.max(MIN_SHARE, (clock.now() - upSinceMs) / slowStartMs));
  }
}
