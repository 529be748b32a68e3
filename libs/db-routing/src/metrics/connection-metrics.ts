import { Gauge, type Registry } from 'prom-client';
import type { NodePoolStats } from '../engine/node-connections';
import type { ObservedPool } from './observed-pool';

/** Measures the connections to each node at the moment of the scrape. */
export function observeConnections(pool: ObservedPool, registry: Registry): void {
  const everyPool = <L extends string>(
    gauge: { name: string; help: string; labelNames?: readonly L[] },
    set: (gauge: Gauge<L | 'node'>, stats: NodePoolStats) => void,
  ): void => {
    new Gauge<L | 'node'>({
      ...gauge,
      labelNames: ['node', ...(gauge.labelNames ?? [])],
      registers: [registry],
      collect() {
        this.reset();
        for (const stats of pool.stats) set(this, stats);
      },
    });
  };
  everyPool(
    {
      name: 'db_routing_connections',
      help: 'Exclusive connections to the node, idle or in_use.',
      labelNames: ['use'],
    },
    (gauge, { node, open, idle }) => {
      gauge.set({ node, use: 'idle' }, idle);
      gauge.set({ node, use: 'in_use' }, open - idle);
    },
  );
  everyPool(
    {
      name: 'db_routing_connections_max',
      help: 'Maximum number of exclusive connections to the node.',
    },
    (gauge, { node, max }) => gauge.set({ node }, max),
  );
  everyPool(
    { name: 'db_routing_connections_waiting', help: 'Statements that wait for an exclusive connection.' },
    (gauge, { node, waiting }) => gauge.set({ node }, waiting),
  );
  everyPool(
    { name: 'db_routing_lanes', help: 'Connections to the node that autocommit reads share.' },
    (gauge, { node, lanes }) => gauge.set({ node }, lanes),
  );
  everyPool(
    { name: 'db_routing_lane_reads', help: 'Reads under way on shared connections to the node.' },
    (gauge, { node, laneReads }) => gauge.set({ node }, laneReads),
  );
}
