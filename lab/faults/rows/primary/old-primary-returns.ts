import type { ClusterNode } from '@app/postgres-cluster';
import { failOver, ordersMeanwhile } from './failover';
import { type FaultRow, noFailedRead } from '../row';
import { orders, within } from '../../load/statistics';

export const oldPrimaryReturns: FaultRow = {
  name: 'old-primary-returns',
  fault: 'old primary comes back',
  guarantee: 'no write goes to a lower timeline after a higher one was seen',
  bar: '0 orders on the old primary after the promotion; no failed read; orders continue',
  changesCluster: true,
  run: async (context) => {
    const { rig, observe, operations } = context;
    const old = rig.cluster.primary;
    await observe(2_000);
    await old.kill();
    const { primary, other, resumed } = await failOver(context);
    await other.follow(primary);
    await old.start();
    const ordersBefore = await orderCount(old);
    const returnedMs = performance.now();
    await observe(4_000);
    const gained = (await orderCount(old)) - ordersBefore;
    const since = orders(within(operations(), returnedMs, performance.now()));
    const astray = since.filter(({ route }) => route.some(({ node }) => node !== primary.name));
    const placed = since.filter(({ outcome }) => outcome === 'ok').length;
    await old.stop('immediate');
    return [
      resumed,
      { what: 'orders written to the old primary', measured: String(gained), isMet: gained === 0 },
      {
        what: 'orders not routed to the new primary',
        measured: String(astray.length),
        isMet: astray.length === 0,
      },
      {
        what: 'orders placed while both accepted writes',
        measured: `${placed} of ${since.length}`,
        isMet: since.length > 0 && placed === since.length,
      },
    ];
  },
  conclude: (operations) => [...noFailedRead(operations), ordersMeanwhile(operations)],
};

async function orderCount(node: ClusterNode): Promise<number> {
  const { rows } = await node.query<{ count: number }>('SELECT count(*)::int AS count FROM orders');
  return rows[0]?.count ?? Number.NaN;
}
