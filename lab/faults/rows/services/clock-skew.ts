import { join } from 'node:path';
import type { PostgresCluster } from '@app/postgres-cluster';
import { type FaultRow, noFailedRead } from '../row';
import { describeFailures, failed, orders } from '../../load/statistics';

const SKEW_MS = 5 * 60_000;

export const clockSkew: FaultRow = {
  name: 'clock-skew',
  fault: 'clock skew: the wall clock of both services jumps 5 min ahead, then 5 min behind',
  guarantee: 'only the monotonic clock matters',
  bar: 'no failed request; no node leaves the routing',
  rig: {
    preload: [join(__dirname, '..', '..', 'services', 'preload', 'wall-clock.js')],
    environment: { FAULTS_CLOCK_OFFSETS_MS: `${SKEW_MS},${-SKEW_MS},0` },
  },
  run: async ({ rig, load, health, observe }) => {
    const fromMs = performance.now();
    await observe(2_000);
    for (let jump = 0; jump < 2; jump++) {
      for (const service of [rig.order, rig.history]) service.signal('SIGUSR2');
      await observe(4_000);
    }
    for (const service of [rig.order, rig.history]) service.signal('SIGUSR2');
    await observe(1_000);
    const seen = await skewOfOrdersMs(rig.cluster, load.options.prefix);
    const dropped = rig.cluster.nodes.flatMap(({ name }) =>
      health.statesSince(name, fromMs).filter(({ state }) => state !== 'up'),
    );
    return [
      {
        what: 'order times range over',
        measured: `${Math.round(seen / 60_000)} min`,
        isMet: seen >= 2 * SKEW_MS - 60_000,
      },
      {
        what: 'times a node left the routing',
        measured: dropped.length === 0 ? '0' : `${dropped.length} (${dropped[0]?.reason ?? ''})`,
        isMet: dropped.length === 0,
      },
    ];
  },
  conclude: (operations) => [
    ...noFailedRead(operations),
    {
      what: 'failed orders',
      measured:
        `${failed(orders(operations)).length} of ${orders(operations).length} ${describeFailures(orders(operations))}`.trim(),
      isMet: failed(orders(operations)).length === 0,
    },
  ],
};

/** Orders have the service's time, which shows that the skew took effect. */
async function skewOfOrdersMs(cluster: PostgresCluster, prefix: string): Promise<number> {
  const { rows } = await cluster.primary.query<{ range: number }>(
    `SELECT (extract(epoch FROM max(created_at) - min(created_at)) * 1000)::float8 AS range
       FROM orders WHERE starts_with(customer_id, $1 || '-')`,
    [prefix],
  );
  return rows[0]?.range ?? 0;
}
