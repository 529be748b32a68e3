import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, TransactionControlError } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

describe('a transaction cannot be controlled on the pool, whose statements share no connection', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE line (n int)');
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const rows = async () => (await cluster.primary.query('SELECT n FROM line ORDER BY n')).rows;

  it.each([
    'BEGIN',
    'START TRANSACTION READ ONLY',
    'COMMIT',
    'END',
    'ROLLBACK',
    'ABORT',
    'ROLLBACK AND CHAIN',
  ])('%s is refused', async (text) => {
    await expect(pool.query(text)).rejects.toThrow(TransactionControlError);
    await expect(pool.query(text)).rejects.toThrow('pool.connect()');
  });

  it.each([
    'BEGIN; INSERT INTO line VALUES (1)',
    'INSERT INTO line VALUES (1); BEGIN; INSERT INTO line VALUES (2)',
  ])('a text that leaves one open is rolled back and says so: %s', async (text) => {
    await expect(pool.query(text)).rejects.toThrow(TransactionControlError);
    expect(await rows()).toEqual([]);
  });

  it('a whole transaction in one text runs', async () => {
    await pool.query('BEGIN; INSERT INTO line VALUES (5); COMMIT');
    expect(await rows()).toEqual([{ n: 5 }]);
  });
});
