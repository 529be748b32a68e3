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
/** A guess for a node that has not been measured: it is tried, and then known. */
const UNKNOWN_LATENCY_MS = 1;

/** What one more read on a node would cost: those that are there already, times how long each takes. */
export class NodeLoad {
  readonly #latencyMs = new Map<string, number>();

  constructor(private readonly options: NodeLoadOptions) {}

  /** A read took so long on the node. */
  record(node: NodeStatus, latencyMs: number): void {
    const { name } = node.address;
    const before = this.#latencyMs.get(name) ?? latencyMs;
    this.#latencyMs.set(name, before + (latencyMs - before) * WEIGHT_OF_NEW);
  }

  readonly of = (node: NodeStatus): number => {
    const latencyMs = this.#latencyMs.get(node.address.name) ?? UNKNOWN_LATENCY_MS;
    return ((this.options.inUse(node) + 1) * latencyMs) / this.#share(node);
  };

  #share({ upSinceMs }: NodeStatus): number {
    if (upSinceMs === undefined) return 1;
    const { clock, slowStartMs } = this.options;
    return Math.min(1, Math.max(MIN_SHARE, (clock.now() - upSinceMs) / slowStartMs));
  }
}
