import { EventEmitter } from 'node:events';
import { makeSnapshot, type NodeStatus } from '../src/cluster/topology/snapshot';
import type { ObservedPool } from '../src/metrics';
import type { RoutedPoolEvents } from '../src/postgres/pool/pool-events';

/** What metrics observe of a pool: a test publishes the nodes, and emits the events. */
export class PublishedPool extends EventEmitter<RoutedPoolEvents> implements ObservedPool {
  topology = makeSnapshot([]);
  stats: ObservedPool['stats'] = [];

  /**
   * Publishes as the monitor does: the snapshot first, then a change for each node whose state or role
   * differs.
   */
  publish(...nodes: NodeStatus[]): void {
    const before = new Map(this.topology.nodes.map((known) => [known.address.name, known]));
    this.topology = makeSnapshot(nodes);
    for (const now of nodes) {
      const was = before.get(now.address.name);
      before.delete(now.address.name);
      if (was?.state !== now.state || was.role !== now.role) this.emit('nodeChange', { before: was, now });
    }
    for (const gone of before.values()) this.emit('nodeChange', { before: gone, now: undefined });
  }
}

export const node = (name: string, status: Partial<NodeStatus> = {}): NodeStatus => ({
  address: { name, host: name, port: 5432 },
  role: 'replica',
  state: 'up',
  reason: '',
  timeline: 1,
  ...status,
});
export const primary = (name: string, status: Partial<NodeStatus> = {}) =>
  node(name, { role: 'primary', stalenessMs: 0, lagBytes: 0, ...status });
