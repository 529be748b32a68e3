import { MAX_ORDER_TOTAL_CENTS } from '@app/shop-database';
import type { EntityManager } from 'typeorm';
import type { OrderLine, OrderView } from './orders.schemas';

export interface NewOrder {
  readonly id: string;
  readonly customerId: string;
  readonly createdAt: string;
  /** One for each sku, sorted by sku. */
  readonly lines: readonly OrderLine[];
  readonly idempotency: { readonly key: string; readonly requestHash: string } | undefined;
}

export interface Written {
  /** False: the key was used before, and nothing was done. */
  readonly isKeyNew: boolean;
  /** Those lines for which there was enough, with the price of each. Fewer than were asked for: the transaction must not go on. */
  readonly items: OrderView['items'];
  /** False also where the total is too high. */
  readonly isPlaced: boolean;
}

/**
 * Claims the idempotency key, takes the items out of the stock, and writes the order with its items and its first event: in one statement,
 * because every statement of a transaction is a round trip during which the rows that it locked stay locked. One product
 * that everybody wants is sold only as fast as its row is passed on.
 *
 * A request with the same key that is still at work is waited for: its row is in the unique index already, and the INSERT waits for its
 * end. `wanted` locks the products in the order of their skus, whatever the plan: two orders for the same ones can never
 * wait for each other. The stock is compared after the lock was granted, on the newest row, so that nothing is sold twice.
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
WITH claimed AS (
  INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id)
  SELECT $2, $7, $8, $1::uuid WHERE $7::text IS NOT NULL
  ON CONFLICT DO NOTHING
  RETURNING key
), wanted AS (
  SELECT sku, line.quantity
    FROM products JOIN jsonb_to_recordset($4) AS line (sku text, quantity int) USING (sku)
   WHERE $7::text IS NULL OR EXISTS (SELECT FROM claimed)
   ORDER BY sku
     FOR UPDATE OF products
), taken AS (
  UPDATE products SET stock = products.stock - wanted.quantity
    FROM wanted
   WHERE products.sku = wanted.sku AND products.stock >= wanted.quantity
  RETURNING products.sku, wanted.quantity, products.price_cents
), placed AS (
  INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
  SELECT $1, $2, 'placed', sum(quantity::bigint * price_cents), sum(quantity), $3
    FROM taken
  HAVING count(*) = $5 AND sum(quantity::bigint * price_cents) <= $6
  RETURNING id
), bought AS (
  INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
  SELECT placed.id, sku, quantity, price_cents FROM placed, taken
), noted AS (
  INSERT INTO order_events (order_id, status, at) SELECT id, 'placed', $3 FROM placed
)
SELECT $7::text IS NULL OR EXISTS (SELECT FROM claimed) AS "isKeyNew",
       EXISTS (SELECT FROM placed) AS "isPlaced",
       coalesce((SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity, 'unitPriceCents', price_cents)
                                  ORDER BY sku COLLATE "C")
                   FROM taken), '[]') AS items`;
