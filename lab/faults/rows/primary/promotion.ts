import { type ClusterNode, until } from '@app/postgres-cluster';
import { failOver, ordersMeanwhile } from './failover';
import { type FaultRow, noFailedRead } from '../row';
import { orders } from '../../load/statistics';

export const plannedPromotion: FaultRow = {
  name: 'planned-promotion',
  fault: 'planned promotion',
  guarantee: 'writes move to the new primary; reads never stop',
  bar: 'orders resume ≤ 5 s after the promotion; no failed read',
  comparesPeer: true,
  changesCluster: true,
  run: async (context) => {
    const { rig, observe } = context;
    await observe(2_000);
    await rig.cluster.primary.stop('fast');
    const { primary, other, resumed } = await failOver(context);
    await other.follow(primary);
    await observe(2_000);
    return [resumed];
  },
  conclude: (operations) => [...noFailedRead(operations), ordersMeanwhile(operations)],
};

export const crashFailover: FaultRow = {
  name: 'crash-failover',
  fault: 'crash failover with a synchronous standby',
  guarantee: 'no acknowledged order is lost; lost answers are reported as unknown and resolved by the key',
  bar: 'no acknowledged order lost; lost answers reported as unknown, and all resolved; orders resume ≤ 5 s after the promotion',
  changesCluster: true,
  load: { ordersPerSecond: 15 },
  run: async (context) => {
    const { rig, observe } = context;
    const { primary: old } = rig.cluster;
    const [standby] = rig.replicas;
    await old.query(`ALTER SYSTEM SET synchronous_standby_names = '${await standbyName(old, standby)}'`);
    // COMMIT is answered once the standby shows it. With paused replay, the standby has commits not yet
    // acknowledged.
    await old.query('ALTER SYSTEM SET synchronous_commit = remote_apply');
    await old.query('SELECT pg_reload_conf()');
    await observe(3_000);
    await standby.pauseReplay();
    await until('commits to wait for the standby', async () => (await countSynchronousWaits(old)) >= 3);
    await old.kill();
    const { primary, other, resumed } = await failOver(context);
    await other.follow(primary);
    await observe(2_000);
    return [resumed];
  },
  conclude: (operations) => {
    const unknown = orders(operations).filter(({ outcome }) => outcome === 'unknown');
    const reported = unknown.filter(({ status }) => status === 503);
    return [
      {
        what: 'lost answers reported as unknown',
        measured: `${reported.length} of ${unknown.length}`,
        isMet: unknown.length > 0 && reported.length === unknown.length,
      },
      ordersMeanwhile(operations),
      ...noFailedRead(operations),
    ];
  },
};

async function countSynchronousWaits(node: ClusterNode): Promise<number> {
  const { rows } = await node.query<{ waits: number }>(
    `SELECT count(*)::int AS waits FROM pg_stat_activity WHERE wait_event = 'SyncRep'`,
  );
  return rows[0]?.waits ?? 0;
}

/**
 * The name in the standby's primary_conninfo: its walsender's pid identifies its line in pg_stat_replication.
 */
async function standbyName(primary: ClusterNode, standby: ClusterNode): Promise<string> {
  const pids = await primary.walSenders(standby);
  const { rows } = await primary.query<{ name: string }>(
    'SELECT application_name AS name FROM pg_stat_replication WHERE pid = ANY ($1)',
    [pids],
  );
  if (rows[0] === undefined) throw new Error('The standby does not stream.');
  return rows[0].name;
}
