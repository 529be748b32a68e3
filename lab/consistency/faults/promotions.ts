import { type ClusterNode, type PostgresCluster, until } from '@app/postgres-cluster';
import { pause } from '../load/pause';
import type { Lab } from '../lab';
import type { Fault } from './fault';

/** Stops the primary, which first sends all its WAL. A replica replaces it, and it returns as a replica. */
export const plannedPromotion: Fault = {
  name: 'planned-promotion',
  async inject({ rig }, random) {
    const old = rig.cluster.primary;
    const next = random.pick(rig.replicas);
    await old.stop('fast');
    await takeOver(rig.cluster, next, old);
    return `${old.name} to ${next.name}`;
  },
};

/**
 * Makes a replica synchronous, kills the primary, and promotes that replica: no acknowledged write is lost.
 */
export const primaryCrashed: Fault = {
  name: 'primary-crashed',
  async inject(lab, random) {
    const { cluster } = lab.rig;
    const old = cluster.primary;
    const next = random.pick(lab.rig.replicas);
    await makeSynchronous(old, next);
    await pause(random.between(300, 1_000));
    await old.kill();
    await takeOver(cluster, next, old);
    await forgetSynchronous(lab);
    return `${old.name} to ${next.name}`;
  },
};

async function takeOver(cluster: PostgresCluster, next: ClusterNode, old: ClusterNode): Promise<void> {
  await next.promote();
  for (const node of cluster.nodes) if (node !== next && node !== old) await node.follow(next);
  await old.follow(next);
}

async function makeSynchronous(primary: ClusterNode, standby: ClusterNode): Promise<void> {
  const [pid] = await primary.walSenders(standby);
  const { rows } = await primary.query<{ name: string }>(
    'SELECT application_name AS name FROM pg_stat_replication WHERE pid = $1',
    [pid],
  );
  const name = rows[0]?.name;
  if (name === undefined) throw new Error(`${standby.name} does not stream from ${primary.name}.`);
  await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await primary.query('SELECT pg_reload_conf()');
  // Commits now wait for it, and it has the commits that did not.
  await until(`${standby.name} to be synchronous`, async () => {
    const found = await primary.query<{ isSync: boolean }>(
      `SELECT sync_state = 'sync' AS "isSync" FROM pg_stat_replication WHERE pid = $1`,
      [pid],
    );
    return found.rows[0]?.isSync === true;
  });
  // The checkpointer notifies the backends after the walsender has marked the standby as synchronous.
  await until('commits to wait for it', async () => {
    await primary.query('SELECT pg_logical_emit_message(true, $1, $1)', ['consistency']);
    const found = await primary.query<{ isWaitedFor: boolean }>(
      `SELECT flush_lsn >= pg_current_wal_flush_lsn() AS "isWaitedFor" FROM pg_stat_replication WHERE pid = $1`,
      [pid],
    );
    return found.rows[0]?.isWaitedFor === true;
  });
}

/** A node that becomes primary again must not wait for a standby that is gone. */
async function forgetSynchronous({ rig }: Lab): Promise<void> {
  for (const node of rig.cluster.nodes) {
    await node.query('ALTER SYSTEM RESET synchronous_standby_names');
    await node.query('SELECT pg_reload_conf()');
  }
}
