import type { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import type { RoutedPool } from '../src';
import { systemClock } from '../src/clock';
import { RequestLimits } from '../src/execution/limits/request-limits';
import { eventually, startPool } from './support';
import { startCluster } from './test-cluster';

/** Values that JSON cannot express, which the driver detects while it writes the statement. */
const UNSENDABLE = { price: 10n };

describe('a parameter that cannot be sent', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster.stop());

  beforeEach(async () => {
    // A single connection, so that any damage to it affects the next statement.
    pool = await startPool(cluster, { maxConnectionsPerNode: 1 });
    await pool.query('CREATE TABLE IF NOT EXISTS note (id int, body jsonb)');
    await pool.refreshCatalog();
    await expect(pool.query('INSERT INTO note VALUES (1, $1)', [UNSENDABLE])).rejects.toThrow(/BigInt/);
  });
  afterEach(() => pool.end());

  it('leaves the next statement one that can be cancelled', async () => {
    const slow =
      'SELECT pg_sleep(30) FROM (SELECT 1 FROM note FOR UPDATE) AS locked RIGHT JOIN (VALUES (1)) v ON true';
    const running = async () =>
      (await cluster.primary.query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).rows
        .length;
    const limits = new RequestLimits(systemClock, 60_000);
    const work = limits.apply(() => pool.query(slow));
    work.catch(() => undefined);
    await eventually('the server works on it', async () => (await running()) === 1);
    limits.abort();
    await eventually('the server has stopped', async () => (await running()) === 0, 1_500);
  });

  it('leaves the connection one that a cursor can have', async () => {
    const cursor = pool.query(new Cursor('SELECT 1 AS one FROM (SELECT count(*) FROM note) AS n'));
    expect(await cursor.read(1)).toEqual([{ one: 1 }]);
    await cursor.close();
  });

  it('does not make the server forget what it has prepared', async () => {
    const insert = (body: unknown) => pool.query('INSERT INTO note VALUES (2, $1)', [body]);
    for (let use = 0; use < 6; use++) await insert({ use });
    await pool.transactions.run({}, async () => {
      await pool.query('SELECT 1');
      await expect(insert(UNSENDABLE)).rejects.toThrow(/BigInt/);
      await insert({ use: 7 });
    });
  });
});
