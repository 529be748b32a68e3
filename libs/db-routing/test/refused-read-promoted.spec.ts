import type { PostgresCluster } from '@app/postgres-cluster';
import { Session, WriteOutcomeUnknownError } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const COUNT = 'SELECT counted()';
const COUNTED = (volatility: string, body: string) =>
  `CREATE OR REPLACE FUNCTION counted() RETURNS int LANGUAGE sql ${volatility} AS '${body}'`;

async function countOn(node: PostgresCluster['primary']): Promise<unknown> {
  const { rows } = await node.query<{ n: number }>('SELECT n FROM counter');
  return rows[0]?.n;
}

describe('what was taken for a read, and was executed by a replica that had been promoted', () => {
  it('does not run again on the former primary when its answer is discarded', async () => {
    const cluster = await startCluster({ replicas: 1 });
    const { primary } = cluster;
    const [promoted] = cluster.replicas;
    // The monitor would not probe by itself before the test is over.
    const pool = await startPool(cluster, { probeIntervalMs: 60_000, maxStalenessMs: 300_000 });
    try {
      await pool.query('CREATE TABLE counter (n int)');
      await pool.query('CREATE TABLE note (id int)');
      await pool.query('INSERT INTO counter VALUES (0)');
      await pool.query(COUNTED('STABLE', 'SELECT n FROM counter'));
      await cluster.waitForReplication();
      await pool.refreshCatalog();
      await untilAllFit(pool, 1);
      // Another process has changed the function since.
      await primary.query(COUNTED('VOLATILE', 'UPDATE counter SET n = n + 1 RETURNING n'));
      await cluster.waitForReplication();
      await promoted!.promote();
      // The former primary goes on, and its session has more log than the promoted replica.
      await primary.query('SELECT pg_switch_wal()');
      const session = new Session();
      await session.run(() => pool.query('INSERT INTO note VALUES (1)'));
      expect(pool.explainRoute(COUNT).target).toBe('replica');
      await expect(session.run(() => pool.query(COUNT))).rejects.toThrow(WriteOutcomeUnknownError);
      expect(await countOn(promoted!)).toBe(1);
      expect(await countOn(primary)).toBe(0);
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });
});
