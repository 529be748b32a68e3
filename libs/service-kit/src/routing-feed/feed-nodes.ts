import type { RoutedPool } from 'db-routing';
import type { FeedNode } from './feed-event';

/** What the pool knows of each node now. What is unknown is null: never zero. */
export function feedNodes({ topology, stats }: Pick<RoutedPool, 'topology' | 'stats'>): FeedNode[] {
  const connections = new Map(stats.map((each) => [each.node, each]));
  return topology.nodes.map(({ address, role, state, reason, stalenessMs, lagBytes, timeline }) => {
    const { open = 0, lanes = 0, waiting = 0, laneWaiting = 0 } = connections.get(address.name) ?? {};
    return {
      node: address.name,
      role,
      state,
      reason,
      stalenessMs: stalenessMs ?? null,
      lagBytes: lagBytes ?? null,
      timeline: timeline ?? null,
      exclusive: open,
      lanes,
      waiting: waiting + laneWaiting,
    };
  });
}
