import { MAX_ORDER_TOTAL_CENTS } from '@app/shop-database';
import type { EntityManager } from 'typeorm';
import type { OrderLine } from './orders.schemas';

export interface NewOrder {
  readonly id: string;
  readonly customerId: string;
  readonly createdAt: string;
  /** One line for each sku, sorted by sku. */
  readonly lines: readonly OrderLine[];
  readonly idempotency: { readonly key: string; readonly requestHash: string } | undefined;
}

/** A product of the order, as it was when its row was locked. */
export interface WantedProduct {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
  readonly stock: number;
}

export interface Written {
  /**
   * False: nothing was written, because of too little stock, too high a total, or a key that was used before.
   */
  readonly isPlaced: boolean;
  /** Sorted by sku; skus without a product are missing. */
  readonly products: readonly WantedProduct[];
}

/**
 * Takes the items out of the stock, claims the idempotency key, and writes the order with its items and its
 * first event, or does none of this. All of it is one statement, which forms its own transaction. A
 * transaction of several statements would hold its row locks during a round trip for each, and a popular
 * product sells only as fast as its row lock is released.
 *
 * `wanted` locks the products in the order of their skus, whatever the plan, so two orders for the same
 * products never deadlock. It returns the newest version of each row, read after the lock was granted, so
 * nothing is sold twice. If a concurrent request has the same key, its row is already in the unique index,
 * and the INSERT waits for that transaction to end.
 */
export async function writeOrder(manager: EntityManager, order: NewOrder): Promise<Written> {
  const { id, customerId, createdAt, lines, idempotency } = order;
  const [written] = await manager.query<[Written]>(WRITE_ORDER, [
    id,
    customerId,
    createdAt,
    JSON.stringify(lines),
    lines.length,
    MAX_ORDER_TOTAL_CENTS,
    idempotency?.key ?? null,
    idempotency?.requestHash ?? null,
  ]);
  return written;
}

const WRITE_ORDER = `
WITH wanted AS (
  SELECT sku, line.quantity, price_cents, stock
    FROM products JOIN jsonb_to_recordset($4) AS line (sku text, quantity int) USING (sku)
   ORDER BY sku
     FOR UPDATE OF products
), possible AS (
  SELECT sum(quantity::bigint * price_cents) AS total_cents, sum(quantity) AS item_count
    FROM wanted
  HAVING count(*) = $5 AND bool_and(stock >= quantity) AND sum(quantity::bigint * price_cents) <= $6
), claimed AS (
  INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id)
  SELECT $2, $7, $8, $1::uuid FROM possible WHERE $7::text IS NOT NULL
  ON CONFLICT DO NOTHING
  RETURNING key
), placed AS (
  INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
  SELECT $1, $2, 'placed', total_cents, item_count, $3
    FROM possible
   WHERE $7::text IS NULL OR EXISTS (SELECT FROM claimed)
  RETURNING id
), taken AS (
  UPDATE products SET stock = products.stock - wanted.quantity
    FROM placed, wanted
   WHERE products.sku = wanted.sku
), bought AS (
  INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
  SELECT placed.id, sku, quantity, price_cents FROM placed, wanted
), noted AS (
  INSERT INTO order_events (order_id, status, at) SELECT id, 'placed', $3 FROM placed
)
SELECT EXISTS (SELECT FROM placed) AS "isPlaced",
       coalesce((SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity,
                                                     'unitPriceCents', price_cents, 'stock', stock)
                                  ORDER BY sku COLLATE "C")
                   FROM wanted), '[]') AS products`;
