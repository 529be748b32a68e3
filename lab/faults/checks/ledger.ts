import type { PostgresCluster } from '@app/postgres-cluster';

/** An order in the primary's tables. */
export interface PlacedOrder {
  readonly id: string;
  /** null: an order without an idempotency key. */
  readonly key: string | null;
  readonly isWhole: boolean;
}

/** Pieces in stock plus pieces sold: a sale moves pieces, so the sum never changes. */
export async function stockAndSold(cluster: PostgresCluster): Promise<number> {
  const { rows } = await cluster.primary.query<{ pieces: number }>(
    `SELECT ((SELECT sum(stock) FROM products) + (SELECT sum(quantity) FROM order_items))::int AS pieces`,
  );
  return rows[0]?.pieces ?? Number.NaN;
}

export async function customersOrders(cluster: PostgresCluster, prefix: string): Promise<PlacedOrder[]> {
  const { rows } = await cluster.primary.query<PlacedOrder>(
    `SELECT o.id::text AS id, k.key,
            o.item_count = (SELECT sum(quantity) FROM order_items i WHERE i.order_id = o.id) AS "isWhole"
       FROM orders o LEFT JOIN idempotency_keys k ON k.order_id = o.id
      WHERE starts_with(o.customer_id, $1 || '-')`,
    [prefix],
  );
  return rows;
}

/**
 * Transactions of the services that are still open, on all running nodes. A running statement counts after 1
 * s.
 */
export async function countOpenTransactions(cluster: PostgresCluster): Promise<number> {
  let open = 0;
  for (const node of cluster.nodes.filter(({ isRunning }) => isRunning)) {
    const { rows } = await node.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM pg_stat_activity
        WHERE application_name = ANY ($1) AND xact_start IS NOT NULL
          AND (state LIKE 'idle in transaction%' OR xact_start < clock_timestamp() - interval '1 second')`,
      [['order-service', 'history-service']],
    );
    open += rows[0]?.open ?? 0;
  }
  return open;
}
