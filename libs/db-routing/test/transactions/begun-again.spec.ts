import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

const LATENCY_MS = 100;

describe('a transaction whose first statement has an outdated plan, and others behind it', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, proxied: true });
  });
  afterAll(() => cluster.stop());

  beforeEach(async () => {
    pool = await startPool(cluster, { maxConnectionsPerNode: 1 });
    await pool.query('DROP TABLE IF EXISTS note');
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.refreshCatalog();
    for (let id = 1; id <= 6; id++) await first(id);
    // Outside the pool, which would discard the plans of its connections on a change of its own.
    await cluster.primary.query('ALTER TABLE note ADD COLUMN seen boolean');
  });
  afterEach(async () => {
    await cluster.primary.link.restore();
    await pool.end();
  });

  const first = (id: number) => pool.query('INSERT INTO note (id) VALUES ($1) RETURNING *', [id]);
  const second = () => pool.query('INSERT INTO note (id) VALUES (8)');
  const stored = async () =>
    (await cluster.primary.query('SELECT id FROM note WHERE id > 6 ORDER BY id')).rows;
  const inTransaction = (work: () => Promise<unknown>) =>
    runInTransaction({ manager: pool.transactions, name: 'noting' }, work);

  it('runs none of them outside of it while it begins again', async () => {
    cluster.primary.link.setLatencyMs(LATENCY_MS);
    const work = (end: () => void) => async () => {
      const one = first(7);
      // It has failed by now, and the ROLLBACK ahead of the next BEGIN is on its way.
      await new Promise((resolve) => setTimeout(resolve, 1.5 * LATENCY_MS));
      await Promise.all([one, second()]);
      end();
    };
    const changed = new Error('changed my mind');
    const giveUp = () => {
      throw changed;
    };
    await expect(inTransaction(work(giveUp))).rejects.toBe(changed);
    expect(await stored()).toEqual([]);
    await inTransaction(work(() => undefined));
    expect(await stored()).toEqual([{ id: 7 }, { id: 8 }]);
  });

  it('lets those wait for it that would fail with it', async () => {
    await inTransaction(() => Promise.all([first(7), second()]));
    expect(await stored()).toEqual([{ id: 7 }, { id: 8 }]);
  });
});
