import type { PostgresCluster } from '@app/postgres-cluster';
import { ConnectionLostError, type RoutedPool, type RoutedPoolOptions } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { DeafLink, suspicions } from './support';
import { startCluster } from '../test-cluster';

/** The pool's own limit; it waits 500 ms longer for the answer. */
const LIMIT_MS = 300;
const LONGER = 'SELECT pg_sleep(1.8)::text AS slept';

describe('a statement that may take longer than the pool’s own limit', () => {
  let cluster: PostgresCluster;
  const pools: RoutedPool[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
  });

  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.end())));
  afterAll(() => cluster.stop());

  const start = async ({
    replicas = 1,
    ...options
  }: Partial<RoutedPoolOptions> & { replicas?: number } = {}) => {
    const pool = await startPool(cluster, { statementTimeoutMs: LIMIT_MS, ...options });
    pools.push(pool);
    await untilAllFit(pool, replicas);
    return { pool, suspected: suspicions(pool) };
  };

  it.each([
    "SET LOCAL statement_timeout = '10s'",
    "SELECT set_config('statement_timeout', '10s', true)",
    'SET LOCAL statement_timeout TO DEFAULT; SET LOCAL statement_timeout = 0',
  ])('runs in a transaction after %s', async (longer) => {
    const { pool, suspected } = await start();
    await pool.transactions.run({}, async () => {
      await pool.query(longer);
      expect((await pool.query(LONGER)).rows).toEqual([{ slept: '' }]);
    });
    expect(suspected).toEqual([]);
  });

  it('runs on a client after SET', async () => {
    const { pool, suspected } = await start();
    const client = await pool.connect();
    await client.query("SET statement_timeout = '10s'");
    expect((await client.query(LONGER)) as unknown).toMatchObject({ rows: [{ slept: '' }] });
    client.release();
    expect(suspected).toEqual([]);
  });

  it('runs where the URL says so, on connections that reads share, and on those of their own', async () => {
    for (const maxLanesPerNode of [4, 0]) {
      const url = `${cluster.url('migrator')}?statement_timeout=10000`;
      const { pool, suspected } = await start({ url, maxLanesPerNode });
      expect((await pool.query(LONGER)).rows).toEqual([{ slept: '' }]);
      expect(suspected).toEqual([]);
    }
  });

  it('is stopped by the server where nobody says so', async () => {
    const { pool, suspected } = await start();
    await expect(pool.query(LONGER)).rejects.toMatchObject({ code: '57014' });
    await expect(pool.transactions.run({}, () => pool.query(LONGER))).rejects.toMatchObject({
      code: '57014',
    });
    expect(suspected).toEqual([]);
  });

  it('is given up when its answer is lost: its backend has nothing to do', async () => {
    const link = await DeafLink.to(cluster.primary);
    const { user, password } = cluster.credentials('migrator');
    const { pool } = await start({
      url: `postgres://${user}:${password}@127.0.0.1:${link.port}/shop`,
      replicas: 0,
    });
    const lost = pool.transactions.run({}, async () => {
      await pool.query("SET LOCAL statement_timeout = '10s'");
      link.deafen();
      await pool.query('SELECT 1');
    });
    await expect(lost).rejects.toThrow(ConnectionLostError);
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
    await link.end();
  });

  it('does not hide a node that is frozen: what waits for it is let go in bounded time', async () => {
    const { pool } = await start({ acquireTimeoutMs: 500 });
    const waiting = pool.transactions.run({}, async () => {
      await pool.query("SET LOCAL statement_timeout = '60s'");
      await pool.query('SELECT pg_sleep(50)');
    });
    waiting.catch(() => undefined);
    await eventually('it runs', async () => {
      const { rows } = await cluster.primary.query(
        "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(50)'",
      );
      return rows.length === 1;
    });
    cluster.primary.freeze();
    try {
      const startedAtMs = performance.now();
      await expect(waiting).rejects.toThrow(ConnectionLostError);
      expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    } finally {
      cluster.primary.thaw();
    }
  });
});
