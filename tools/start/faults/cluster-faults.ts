import type { PostgresCluster } from '@app/postgres-cluster';
import { type ClusterControls, type FaultRequest, FaultRefusedError } from '../../console/cluster-controls';
import type { NodeFaults } from '../../console/contract';
import { FaultyNode } from './faulty-node';
import type { ServiceLinks } from './service-links';

/** The faults that the console offers, on the cluster of `npm start`. One is applied at a time. */
export class ClusterFaults implements ClusterControls {
  readonly #nodes: readonly FaultyNode[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cluster: PostgresCluster,
    links: ServiceLinks,
  ) {
    this.#nodes = cluster.nodes.map((node) => new FaultyNode(node, links));
  }

  get nodes(): readonly NodeFaults[] {
    return this.#nodes.map((node) => node.status);
  }

  apply(request: FaultRequest): Promise<void> {
    const applied = this.#last.then(() => this.#apply(request));
    this.#last = applied.catch(() => undefined);
    return applied;
  }

  async #apply(request: FaultRequest): Promise<void> {
    if (request.fault === 'undo-all') return this.#undoAll();
    const node = this.#nodes.find(({ name }) => name === request.node);
    if (!node) {
      const names = this.#nodes.map(({ name }) => name).join(', ');
      throw new FaultRefusedError(`There is no node ${request.node}; the nodes are ${names}.`);
    }
    switch (request.fault) {
      case 'promote':
        return this.#promote(node);
      case 'bring-back':
        return this.#bringBack(node);
      case 'cut-primary':
        return node.cutFromPrimary(this.cluster.primary);
      case 'delay':
        return node.setDelay(request.delayMs);
      default:
        return node.apply(request.fault);
    }
  }

  /**
   * A primary that still runs is stopped first, so that the replica has every commit that a client knows of.
   * The other replicas follow the new primary.
   */
  async #promote(chosen: FaultyNode): Promise<void> {
    chosen.requireReplica('promoted');
    const old = this.#primary;
    // A stopped sender of WAL would keep the old primary from stopping.
    for (const node of this.#nodes) node.rejoinPrimary();
    await chosen.undo();
    if (old.isReachable) await old.node.stop('fast');
    await chosen.node.promote();
    for (const other of this.#nodes) {
      if (other !== chosen && other !== old && other.isReachable) await this.#follow(other);
    }
  }

  async #bringBack(node: FaultyNode): Promise<void> {
    await node.undo();
    if (node === this.#primary) {
      if (!node.node.isRunning) await node.node.start();
    } else if (this.#primary.isReachable) {
      await this.#follow(node);
    } else {
      throw new FaultRefusedError(`${node.name} has no primary to follow: bring back or promote one first.`);
    }
    // A delay is a setting, which a node that did not run still has.
    await node.undo();
  }

  async #follow({ node }: FaultyNode): Promise<void> {
    await node.follow(this.cluster.primary);
  }

  async #undoAll(): Promise<void> {
    for (const node of this.#nodes) await node.undo();
    await this.#bringBack(this.#primary);
    for (const node of this.#nodes) {
      const isAway = !node.node.isRunning || node.node.role === 'primary';
      if (node !== this.#primary && isAway) await this.#bringBack(node);
    }
  }

  get #primary(): FaultyNode {
    const { name } = this.cluster.primary;
    const primary = this.#nodes.find((node) => node.name === name);
    if (!primary) throw new TypeError(`The primary ${name} is not one of the nodes at the start.`);
    return primary;
  }
}
