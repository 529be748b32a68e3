import { type OrderLine, PAGE_SIZE, ROWS } from './peer';

/** The shop's statements, for peers that use SQL. */

export const READ_ORDER = `SELECT id, customer_id, status, total_cents, item_count, created_at FROM orders WHERE id = $1`;

export const READ_ORDER_WITH_ITEMS = `
  SELECT o.id, o.customer_id, o.status, o.total_cents, o.item_count, o.created_at, i.sku, i.quantity, i.unit_price_cents
    FROM orders o JOIN order_items i ON i.order_id = o.id
   WHERE o.id = $1`;

export const READ_HISTORY = `
  SELECT id, status, total_cents, item_count, created_at FROM orders
   WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT ${PAGE_SIZE}`;

export const READ_ROWS = `
  SELECT id, status, total_cents, item_count, created_at FROM orders WHERE id <> $1 ORDER BY id LIMIT ${ROWS}`;

export const INSERT_ORDER = `
  INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
  VALUES ($1, 'bench', 'placed', 1000, 1, $2)`;

/** Takes the lines' quantities out of the stock; returns the available lines with their prices. */
export const TAKE_STOCK = `
  UPDATE products SET stock = products.stock - wanted.quantity
    FROM (SELECT sku, line.quantity
            FROM products JOIN jsonb_to_recordset($1) AS line (sku text, quantity int) USING (sku)
           ORDER BY sku
             FOR UPDATE OF products) AS wanted
   WHERE products.sku = wanted.sku AND products.stock >= wanted.quantity
   RETURNING products.sku, wanted.quantity, products.price_cents AS "unitPriceCents"`;

export const STORE_ORDER = `
  WITH placed AS (
    INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
    VALUES ($1, $2, 'placed', $3, $4, $5)
  ), bought AS (
    INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
    SELECT $1, sku, quantity, "unitPriceCents"
      FROM jsonb_to_recordset($6) AS i (sku text, quantity int, "unitPriceCents" int)
  )
  INSERT INTO order_events (order_id, status, at) VALUES ($1, 'placed', $5)`;

export interface TakenLine extends OrderLine {
  readonly unitPriceCents: number;
}

/** The parameters of STORE_ORDER. */
export function storeOrderValues(id: string, customerId: string, lines: readonly TakenLine[]): unknown[] {
  return [
    id,
    customerId,
    lines.reduce((total, { quantity, unitPriceCents }) => total + quantity * unitPriceCents, 0),
    lines.reduce((count, { quantity }) => count + quantity, 0),
    new Date().toISOString(),
    JSON.stringify(lines),
  ];
}
