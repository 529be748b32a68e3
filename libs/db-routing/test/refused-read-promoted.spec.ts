import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, Session, withReadConsistency } from '../src';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const COUNT = 'SELECT counted()';
const COUNTED = (volatility: string, body: string) =>
  `CREATE OR REPLACE FUNCTION counted() RETURNS int LANGUAGE sql ${volatility} AS '${body}'`;

async function countOn(node: PostgresCluster['primary']): Promise<unknown> {
  const { rows } = await node.query<{ n: number }>('SELECT n FROM counter');
  return rows[0]?.n;
}

/** A pool that takes the function for a read; it writes. */
async function poolTakenIn(cluster: PostgresCluster, maxLanesPerNode = 1): Promise<RoutedPool> {
  // The monitor would not probe by itself before the test is over.
  const unseen = { probeIntervalMs: 60_000, maxStalenessMs: 300_000, statementTimeoutMs: 1_000 };
  const pool = await startPool(cluster, { ...unseen, maxLanesPerNode });
  await pool.query('CREATE TABLE counter (n int)');
  await pool.query('CREATE TABLE note (id int)');
  await pool.query('INSERT INTO counter VALUES (0)');
  await pool.query(COUNTED('STABLE', 'SELECT n FROM counter'));
  await cluster.waitForReplication();
  await pool.refreshCatalog();
  await untilAllFit(pool, 1);
  // Another process has changed the function since.
  await cluster.primary.query(COUNTED('VOLATILE', 'UPDATE counter SET n = n + 1 RETURNING n'));
  await cluster.waitForReplication();
  expect(pool.explainRoute(COUNT).target).toBe('replica');
  return pool;
}

describe('what was taken for a read, and reaches a replica that has been promoted', () => {
  it('is refused there, and runs once on the primary that the pool knows', async () => {
    const cluster = await startCluster({ replicas: 1 });
    const { primary } = cluster;
    const [promoted] = cluster.replicas;
    const pool = await poolTakenIn(cluster);
    try {
      await promoted!.promote();
      // The former primary goes on, and its session has more log than the promoted replica.
      await primary.query('SELECT pg_switch_wal()');
      const session = new Session();
      await session.run(() => pool.query('INSERT INTO note VALUES (1)'));
      expect((await session.run(() => pool.query(COUNT))).rows).toEqual([{ counted: 1 }]);
      expect(await countOn(promoted!)).toBe(0);
      expect(await countOn(primary)).toBe(1);
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });

  it.each([
    ['on a connection that reads share', 1],
    ['on a connection of its own', 0],
  ])('is refused where it comes late, %s, because it ran elsewhere meanwhile', async (_, maxLanes) => {
    const cluster = await startCluster({ replicas: 1 });
    const [promoted] = cluster.replicas;
    const pool = await poolTakenIn(cluster, maxLanes);
    const eventual = (text: string) => withReadConsistency('eventual', () => pool.query(text));
    const backends = async (): Promise<readonly number[]> => {
      const { rows } = await promoted!.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT n FROM counter' AND state = 'idle'",
      );
      return rows.map(({ pid }) => pid);
    };
    let stopped: number | undefined;
    try {
      await eventual('SELECT n FROM counter');
      [stopped] = await backends();
      process.kill(stopped!, 'SIGSTOP');
      expect((await eventual(COUNT)).rows).toEqual([{ counted: 1 }]);
      await cluster.waitForReplication();
      await cluster.primary.stop('fast');
      await promoted!.promote();
      process.kill(stopped!, 'SIGCONT');
      stopped = undefined;
      await eventually('what was sent there has arrived', async () => (await backends()).length === 0);
      expect(await countOn(promoted!)).toBe(1);
    } finally {
      if (stopped !== undefined) process.kill(stopped, 'SIGCONT');
      await pool.end();
      await cluster.stop();
    }
  });
});
