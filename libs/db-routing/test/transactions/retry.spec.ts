import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

describe('a transaction that is run again', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE stock (sku text PRIMARY KEY, n int)');
    await pool.query("INSERT INTO stock VALUES ('a', 0), ('b', 0)");
    await pool.refreshCatalog();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('runs the whole function again after a deadlock', async () => {
    const lock = (first: string, second: string, meet: () => Promise<void>) => {
      let runs = 0;
      return runInTransaction({ retry: { attempts: 5 } }, async () => {
        runs += 1;
        await pool.query('UPDATE stock SET n = n + 1 WHERE sku = $1', [first]);
        if (runs === 1) await meet();
        await pool.query('UPDATE stock SET n = n + 1 WHERE sku = $1', [second]);
      }).then(() => runs);
    };
    let arrived = 0;
    let open: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (open = resolve));
    const meet = () => {
      arrived += 1;
      if (arrived === 2) open();
      return both;
    };
    const runs = await Promise.all([lock('a', 'b', meet), lock('b', 'a', meet)]);
    expect(runs[0] + runs[1]).toBeGreaterThan(2);
    const { rows } = await cluster.primary.query('SELECT n FROM stock ORDER BY sku');
    expect(rows).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it('gives up after its attempts, and never repeats another error', async () => {
    let runs = 0;
    const conflict = runInTransaction({ retry: { attempts: 3, baseDelayMs: 1 } }, async () => {
      runs += 1;
      await pool.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
    });
    await expect(conflict).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(3);
    runs = 0;
    const failure = runInTransaction({ retry: { attempts: 3 } }, async () => {
      runs += 1;
      await pool.query('SELECT 1/0');
    });
    await expect(failure).rejects.toMatchObject({ code: '22012' });
    expect(runs).toBe(1);
  });

  it('is the affair of the outermost scope only', async () => {
    let runs = 0;
    const work = runInTransaction(() =>
      runInTransaction({ retry: { attempts: 3 } }, async () => {
        runs += 1;
        await pool.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
      }),
    );
    await expect(work).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(1);
  });
});
