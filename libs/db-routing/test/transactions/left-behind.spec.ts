import { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import { type RoutedPool, runInTransaction } from '../../src';
import { eventually, startPool } from '../support';

describe('session state left behind', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 0 });
    pool = await startPool(cluster);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it.each([
    ['a setting', "SET my.tenant = 'acme'"],
    ['an advisory lock', 'SELECT pg_advisory_lock(7)'],
    ['a temporary table', 'CREATE TEMP TABLE basket (id int)'],
    ['a channel', 'LISTEN baskets'],
  ])('by a transaction goes with its connection, by a statement or a cursor: %s', async (_, text) => {
    const pids: number[] = [];
    const leave = async (work: () => Promise<unknown>): Promise<void> => {
      const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      pids.push(rows[0]?.pid ?? 0);
      await work();
    };
    await runInTransaction(() => leave(() => pool.query(text)));
    await runInTransaction(() =>
      leave(async () => {
        const cursor = pool.query(new Cursor(text));
        await cursor.read(1);
        await cursor.close();
      }),
    );
    const areGone = async () => {
      const { rows } = await cluster.primary.query('SELECT 1 FROM pg_stat_activity WHERE pid = ANY($1)', [
        pids,
      ]);
      return rows.length === 0;
    };
    // Idle connections are ended after ten seconds, whatever stands on them.
    await eventually('the connections are gone', areGone, 3_000);
  });

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
