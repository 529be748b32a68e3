import { type ClusterNode, type PostgresCluster, until } from '@app/postgres-cluster';
import { MAX_STALENESS_MS } from '../../services/rig';
import { delayMeasurement, type FaultContext, type FaultRow, type Measurement, noFailedRead } from '../row';

const OUT_LIMIT_MS = MAX_STALENESS_MS + 1_000;
const BACK_LIMIT_MS = 1_000;
/** Well above the staleness limit. */
const APPLY_DELAY_MS = 6_000;

interface Lag {
  readonly begin: (replica: ClusterNode, cluster: PostgresCluster) => Promise<void>;
  readonly end: (replica: ClusterNode, cluster: PostgresCluster) => Promise<void>;
}

async function lag({ rig, health, observe }: FaultContext, { begin, end }: Lag): Promise<Measurement[]> {
  const { cluster } = rig;
  const [replica] = rig.replicas;
  await observe(2_000);
  const beganMs = performance.now();
  let out: number | undefined;
  try {
    await begin(replica, cluster);
    out = await health.left(replica.name, beganMs, OUT_LIMIT_MS + 5_000);
    await observe(1_500);
  } finally {
    await end(replica, cluster);
  }
  const caughtUpMs = await caughtUp(replica, cluster);
  const back = await health.returned(replica.name, caughtUpMs, 15_000);
  await observe(500);
  return [
    delayMeasurement('out after', out, OUT_LIMIT_MS),
    delayMeasurement('back after catching up', back, BACK_LIMIT_MS),
  ];
}

/** When the replica had replayed everything that the primary had flushed when this was called. */
async function caughtUp(replica: ClusterNode, cluster: PostgresCluster): Promise<number> {
  const { rows } = await cluster.primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
  await until(`${replica.name} to catch up`, async () => {
    const sql = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done';
    const replayed = await replica.query<{ done: boolean }>(sql, [rows[0]?.lsn]);
    return replayed.rows[0]?.done;
  });
  return performance.now();
}

const guarantee = 'a stale replica serves no reads; the others serve them';
const bar = `no failed read; out ≤ maxStaleness + 1 s (${OUT_LIMIT_MS / 1_000} s here); back ≤ 1 s after catching up`;

export const replayPaused: FaultRow = {
  name: 'replay-paused',
  fault: 'replica lags: replay paused',
  guarantee,
  bar,
  comparesPeer: true,
  run: (context) =>
    lag(context, { begin: (replica) => replica.pauseReplay(), end: (replica) => replica.resumeReplay() }),
  conclude: noFailedRead,
};

export const applyDelay: FaultRow = {
  name: 'apply-delay',
  fault: 'replica lags: recovery_min_apply_delay',
  guarantee,
  bar,
  run: (context) =>
    lag(context, {
      begin: (replica) => replica.setApplyDelay(APPLY_DELAY_MS),
      end: (replica) => replica.setApplyDelay(0),
    }),
  conclude: noFailedRead,
};

export const walSenderStopped: FaultRow = {
  name: 'walsender-stopped',
  fault: 'silent link death: SIGSTOP to the walsender',
  guarantee,
  bar,
  run: (context) =>
    lag(context, {
      begin: (replica, cluster) => signalWalSenders(cluster, replica, 'SIGSTOP'),
      end: (replica, cluster) => signalWalSenders(cluster, replica, 'SIGCONT'),
    }),
  conclude: noFailedRead,
};

export const wrongConnectionInfo: FaultRow = {
  name: 'wrong-conninfo',
  fault: 'silent link death: wrong primary_conninfo',
  guarantee,
  bar,
  run: (context) =>
    lag(context, {
      begin: (replica) => alterSystem(replica, `SET primary_conninfo = 'host=127.0.0.1 port=1'`),
      end: (replica) => alterSystem(replica, 'RESET primary_conninfo'),
    }),
  conclude: noFailedRead,
};

async function signalWalSenders(
  cluster: PostgresCluster,
  replica: ClusterNode,
  signal: 'SIGSTOP' | 'SIGCONT',
): Promise<void> {
  const pids = await cluster.primary.walSenders(replica);
  if (pids.length === 0) throw new Error(`No process sends WAL to ${replica.name}.`);
  for (const pid of pids) process.kill(pid, signal);
}

async function alterSystem(node: ClusterNode, change: string): Promise<void> {
  await node.query(`ALTER SYSTEM ${change}`);
  await node.query('SELECT pg_reload_conf()');
}
