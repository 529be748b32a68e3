/** What the handler of POST /orders does with TypeORM, as SQL. The others are plain SQL there already. */

export const CLAIM_KEY = `
  INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING RETURNING key`;

export const LOCK_PRODUCTS = `
  SELECT sku, name, price_cents AS "priceCents", stock FROM products
   WHERE sku = ANY($1) ORDER BY sku FOR UPDATE`;

/** Everything that placing an order writes, in one statement. */
export const STORE_ORDER = `
  WITH bought AS (
    SELECT * FROM jsonb_to_recordset($6) AS line (sku text, quantity int, "unitPriceCents" int, "left" int)
  ), taken AS (
    UPDATE products SET stock = bought."left" FROM bought WHERE products.sku = bought.sku
  ), placed AS (
    INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
    VALUES ($1::uuid, $2, 'placed', $3, $4, $5::timestamptz)
  ), items AS (
    INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
    SELECT $1::uuid, sku, quantity, "unitPriceCents" FROM bought
  )
  INSERT INTO order_events (order_id, status, at) VALUES ($1::uuid, 'placed', $5::timestamptz)`;
