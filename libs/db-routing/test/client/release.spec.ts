import type { PostgresCluster } from '@app/postgres-cluster';
import {
  ClientReleasedError,
  RequestAbortedError,
  type RoutedClient,
  type RoutedPool,
  UnboundClientError,
} from '../../src';
import { systemClock } from '../../src/clock';
import { RequestLimits } from '../../src/execution/limits/request-limits';
import { eventually, startPool } from '../support';
import { startCluster } from '../test-cluster';

describe('releasing a client', () => {
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

  async function pidOf(client: RoutedClient): Promise<number> {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return rows[0]?.pid ?? 0;
  }

  const lives = async (pid: number): Promise<boolean> =>
    (await cluster.primary.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).rows.length > 0;

  it.each([
    ['true', true],
    ['an error', new Error('of the caller')],
  ])('with %s closes its connection', async (_, reason) => {
    const client = await pool.connect();
    const pid = await pidOf(client);
    client.release(reason);
    await eventually('the connection is closed', async () => !(await lives(pid)));
  });

  it('with nothing keeps it', async () => {
    const client = await pool.connect();
    const pid = await pidOf(client);
    client.release();
    const next = await pool.connect();
    expect(await pidOf(next)).toBe(pid);
    next.release();
  });

  it('leaves it nothing of the connection, which the next client uses', async () => {
    const client = await pool.connect();
    const pid = await pidOf(client);
    await client.query('BEGIN');
    expect(client.processID).toBe(pid);
    await client.query('COMMIT');
    client.release();
    const next = await pool.connect();
    await next.query('BEGIN');
    expect(next.processID).toBe(pid);
    expect([client.processID, client.secretKey, client.getTransactionStatus()]).toEqual([null, null, 'I']);
    expect(() => client.connection).toThrow(UnboundClientError);
    await next.query('ROLLBACK');
    next.release();
  });

  it('rolls back what was left open, and keeps the connection', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    const pid = await pidOf(client);
    await client.query('INSERT INTO line VALUES (1)');
    client.release();
    await eventually(
      'it is rolled back',
      () => pool.idleCount > 0 && pool.stats.every(({ open, idle }) => open === idle),
    );
    const next = await pool.connect();
    await next.query('BEGIN');
    expect(await pidOf(next)).toBe(pid);
    expect((await next.query('SELECT n FROM line')).rows).toEqual([]);
    await next.query('COMMIT');
    next.release();
  });

  it('while its first statement waits for a connection keeps no connection that comes later', async () => {
    const single = await startPool(cluster, { maxConnectionsPerNode: 1 });
    const busy = await single.connect();
    await busy.query('BEGIN');
    const client = await single.connect();
    const limits = new RequestLimits(systemClock, 60_000);
    const waiting = limits.apply(() => client.query('BEGIN'));
    waiting.catch(() => undefined);
    await eventually('it waits', () => single.waitingCount === 1);
    limits.abort();
    await expect(waiting).rejects.toThrow(RequestAbortedError);
    client.release();
    await busy.query('ROLLBACK');
    busy.release();
    const next = await single.connect();
    expect(await pidOf(next)).toBeGreaterThan(0);
    next.release();
    await single.end();
  });

  it('twice throws as in node-postgres; a statement afterwards is refused', async () => {
    const client = await pool.connect();
    client.release();
    expect(() => client.release()).toThrow(
      'Release called on client which has already been released to the pool.',
    );
    await expect(client.query('SELECT 1')).rejects.toThrow(ClientReleasedError);
  });
});
