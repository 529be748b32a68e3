import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

/**
 * Each refused COMMIT passes its connection to a waiting transaction, which the end of the first one must not
 * affect.
 */
const TRANSACTIONS = 40;

describe('a COMMIT that the server refuses', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster, { maxConnectionsPerNode: 1 });
    await pool.query('CREATE TABLE seat (who text UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    await pool.query('CREATE TABLE entry (id int, half int)');
    await pool.refreshCatalog();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('undoes nothing of the transaction that has its connection next', async () => {
    const refused = () =>
      runInTransaction({ manager: pool.transactions, name: 'refused' }, async () => {
        await pool.query("INSERT INTO seat VALUES ('same')");
        await pool.query("INSERT INTO seat VALUES ('same')");
      });
    const accepted = (id: number) =>
      runInTransaction({ manager: pool.transactions, name: 'accepted' }, async () => {
        await pool.query('INSERT INTO entry SELECT $1, 1 FROM pg_sleep(0.05)', [id]);
        await pool.query('INSERT INTO entry VALUES ($1, 2)', [id]);
      });
    const outcomes = await Promise.allSettled(
      Array.from({ length: TRANSACTIONS }, (_, id) => (id % 2 === 0 ? refused() : accepted(id))),
    );
    const committed = outcomes.filter(({ status }) => status === 'fulfilled').length;
    const { rows } = await cluster.primary.query('SELECT count(*)::int AS halves FROM entry');
    expect({ committed, halves: rows[0]?.['halves'] as number }).toEqual({
      committed: TRANSACTIONS / 2,
      halves: TRANSACTIONS,
    });
  });
});
