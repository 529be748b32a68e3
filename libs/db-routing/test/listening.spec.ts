import type { PostgresCluster } from '@app/postgres-cluster';
import type { Notification } from 'pg';
import { currentTransaction, type RoutedPool, runInTransaction } from '../src';
import { eventually, startPool } from './support';
import { startCluster } from './test-cluster';

describe('a client that listens', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('is told what is notified, outside of whatever transaction its connection was made in', async () => {
    await runInTransaction({ manager: pool.transactions }, () => pool.query('SELECT 1 FOR UPDATE'));
    const client = await pool.connect();
    const heard: [string, boolean][] = [];
    client.on('notification', ({ channel, payload }: Notification) =>
      heard.push([`${channel} ${payload}`, currentTransaction() !== undefined]),
    );
    await client.query('LISTEN baskets');
    await client.query('LISTEN orders');
    await pool.query("NOTIFY baskets, 'full'");
    await pool.query("SELECT pg_notify('orders', 'placed')");
    await eventually('both are heard', () => heard.length >= 2);
    expect(heard).toEqual([
      ['baskets full', false],
      ['orders placed', false],
    ]);
    client.release();
  });

  it('is told when its connection is lost', async () => {
    const client = await pool.connect();
    const errors: string[] = [];
    client.on('error', (error: Error) => errors.push(error.name));
    await client.query('LISTEN baskets');
    await client.query("SET application_name = 'to be lost'");
    const sql =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to be lost'";
    await cluster.primary.query(sql);
    await eventually('it is told', () => errors.length > 0);
    expect(errors).toEqual(['ConnectionLostError']);
    client.release();
  });
});
