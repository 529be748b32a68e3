import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

const SCHEMA = `
  CREATE FUNCTION seeded() RETURNS void LANGUAGE sql AS 'SELECT setseed(0.5)';
  CREATE FUNCTION at_run_time() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT 1'; END $$;`;

type Way = (pool: RoutedPool, text: string) => Promise<number>;

async function pidOf(query: (text: string) => Promise<{ rows: unknown[] }>): Promise<number> {
  const { rows } = await query('SELECT pg_backend_pid() AS pid');
  return (rows[0] as { pid: number }).pid;
}

const WAYS: readonly (readonly [string, Way])[] = [
  [
    'a client',
    async (pool, text) => {
      const client = await pool.connect();
      try {
        await client.query(text);
        return await pidOf((look) => client.query(look));
      } finally {
        client.release();
      }
    },
  ],
  [
    'a managed transaction',
    (pool, text) =>
      runInTransaction(async () => {
        await pool.query(text);
        return pidOf((look) => pool.query(look));
      }),
  ],
];

describe.each(WAYS)('what %s leaves on its connection', (_way, leave) => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query(SCHEMA);
    pool = await startPool(cluster, { maxConnectionsPerNode: 1 });
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it.each([
    ["SET my.tenant = 'acme'"],
    ['SELECT at_run_time()'],
    ['CREATE TABLE IF NOT EXISTS made (n int)'],
  ])('is discarded: %s', async (text) => {
    const before = await leave(pool, text);
    expect(await leave(pool, 'SELECT pg_advisory_xact_lock(1)')).toBe(before);
  });

  it.each([['SELECT setseed(0.5)'], ['SELECT seeded()']])(
    'ends with it, where DISCARD ALL would not undo it: %s',
    async (text) => {
      const before = await leave(pool, text);
      expect(await leave(pool, 'SELECT pg_advisory_xact_lock(1)')).not.toBe(before);
    },
  );

  it.each([
    [
      'CREATE FUNCTION as_symbol(int, int) RETURNS int LANGUAGE internal AS $$int4pl$$',
      'SELECT as_symbol(1, 2)',
    ],
    ['CREATE EXTENSION dblink', 'SELECT at_run_time()'],
  ])('ends with it, where a text made at run time could have called what does: %s', async (make, call) => {
    await cluster.primary.query(make);
    await pool.refreshCatalog();
    for (const text of [call, 'SELECT at_run_time()']) {
      const before = await leave(pool, text);
      expect(await leave(pool, 'SELECT pg_advisory_xact_lock(1)')).not.toBe(before);
    }
  });
});
