import { Client } from 'pg';
import type { PostgresCluster } from '@app/postgres-cluster';

/** Locks one product, so that any order for it waits inside an open transaction. */
export class RowLock {
  private constructor(
    readonly sku: string,
    private readonly cluster: PostgresCluster,
    private readonly client: Client,
    private readonly backendPid: number,
  ) {}

  /** The product with the `rank`-th smallest stock, which the steady load does not buy. */
  static async take(cluster: PostgresCluster, rank = 0): Promise<RowLock> {
    const { rows } = await cluster.primary.query<{ sku: string }>(
      'SELECT sku FROM products ORDER BY stock, sku LIMIT 1 OFFSET $1',
      [rank],
    );
    const sku = rows[0]?.sku ?? '';
    const client = new Client({
      connectionString: cluster.primary.url('migrator'),
      application_name: 'row-lock',
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM products WHERE sku = $1 FOR UPDATE', [sku]);
    const own = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return new RowLock(sku, cluster, client, own.rows[0]?.pid ?? 0);
  }

  /** Orders waiting for the lock, each with an open transaction. */
  async countWaiting(): Promise<number> {
    const { rows } = await this.cluster.primary.query<{ waiting: number }>(
      `WITH RECURSIVE queue (pid) AS (
         SELECT $1::int
         UNION
         SELECT a.pid FROM pg_stat_activity a JOIN queue ON queue.pid = ANY (pg_blocking_pids(a.pid))
       )
       SELECT count(*)::int - 1 AS waiting FROM queue`,
      [this.backendPid],
    );
    return rows[0]?.waiting ?? 0;
  }

  async release(): Promise<void> {
    await this.client.end();
  }
}
