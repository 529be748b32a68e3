import type { PostgresCluster } from '@app/postgres-cluster';
import { DataSource } from 'typeorm';
import { RoutedDataSource, routedDataSourceOptions } from '../../../src/typeorm';
import { startPool } from '../../support';
import { startCluster } from '../../test-cluster';

/**
 * The trap: a statement in a transaction times out in the driver while the server goes on with it; ROLLBACK
 * times out behind it and is never sent; and the connection returns to its pool with the transaction open.
 * The next borrower's INSERT is acknowledged inside that transaction, which is never committed.
 */
describe('an acknowledged write after a transaction that timed out', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    await cluster.primary.query('CREATE TABLE payment (id int)');
    await cluster.primary.query('GRANT ALL ON payment TO migrator');
  });

  afterAll(() => cluster.stop());

  async function payAfterTimeout(dataSource: DataSource, id: number): Promise<void> {
    await expect(
      dataSource.transaction(async (manager) => {
        await manager.query('SELECT 1');
        await manager.query('SELECT pg_sleep(1.5)');
      }),
    ).rejects.toThrow();
    // The payment is acknowledged without an error, though perhaps late.
    for (let attempt = 1; ; attempt++) {
      try {
        await dataSource.query('INSERT INTO payment VALUES ($1)', [id]);
        break;
      } catch (error) {
        if (attempt === 20) throw error;
      }
    }
    await dataSource.destroy();
  }

  async function isPaid(id: number): Promise<boolean> {
    const { rows } = await cluster.primary.query('SELECT 1 FROM payment WHERE id = $1', [id]);
    return rows.length > 0;
  }

  it('is lost with plain TypeORM', async () => {
    const dataSource = await new DataSource({
      type: 'postgres',
      url: cluster.url('migrator'),
      extra: { query_timeout: 300, max: 1 },
    }).initialize();
    await payAfterTimeout(dataSource, 1);
    expect(await isPaid(1)).toBe(false);
  });

  it('is kept here', async () => {
    const pool = await startPool(cluster, { transactionTimeoutMs: 300, maxConnectionsPerNode: 1 });
    const dataSource = await new RoutedDataSource(routedDataSourceOptions(pool, {})).initialize();
    await payAfterTimeout(dataSource, 2);
    await pool.end();
    expect(await isPaid(2)).toBe(true);
  });
});
