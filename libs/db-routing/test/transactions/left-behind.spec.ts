import type { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import { type RoutedPool, runInTransaction } from '../../src';
import { eventually, startPool } from '../support';
import { startCluster } from '../test-cluster';

describe('session state left behind', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const STATE: [string, string, string][] = [
    ['a setting', "SET my.tenant = 'acme'", "SELECT 1 WHERE current_setting('my.tenant', true) = 'acme'"],
    ['an advisory lock', 'SELECT pg_advisory_lock(7)', "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"],
    [
      'a temporary table',
      'CREATE TEMP TABLE basket (id int)',
      "SELECT 1 FROM pg_class WHERE relname = 'basket'",
    ],
    ['a channel', 'LISTEN baskets', 'SELECT 1 FROM pg_listening_channels()'],
  ];

  it.each(STATE)(
    'by a transaction is gone with it, by a statement or a cursor: %s',
    async (_, text, trace) => {
      const leftBehind = async () => (await runInTransaction(() => pool.query(`${trace} `))).rows.length > 0;
      await runInTransaction(() => pool.query(text));
      await eventually('nothing is left', async () => !(await leftBehind()), 3_000);
      await runInTransaction(async () => {
        const cursor = pool.query(new Cursor(text));
        await cursor.read(1);
        await cursor.close();
      });
      await eventually('nothing is left', async () => !(await leftBehind()), 3_000);
    },
  );

  it('by a cursor outside of a transaction goes with its connection', async () => {
    for (let n = 0; n < 10; n++) {
      const cursor = pool.query(new Cursor("SELECT set_config('my.tenant', 'acme', false)"));
      await cursor.read(1);
      await cursor.close();
      const { rows } = await runInTransaction(() =>
        pool.query("SELECT current_setting('my.tenant', true) AS tenant"),
      );
      expect(rows[0]?.['tenant']).not.toBe('acme');
    }
  });
});
