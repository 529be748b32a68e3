import type { EntityManager } from 'typeorm';
import { withPrimary } from '../primary-connection';
import { type SeedOrder, seedOrders } from './orders';
import { type SeedProduct, seedProducts } from './products';
import { SeededRandom } from './random';

const SEED = 2026;

/**
 * Fills the shop with 200 products and 2,000 past orders of eight customers, including `alice`.
 *
 * Deterministic (the same rows and ids on every machine) and idempotent: existing rows remain unchanged, even
 * after purchases or cancellations. Runs in one transaction.
 *
 * @param url one primary, as the role that owns the database; the schema must be migrated
 * @param log receives one line with the number of rows added
 * @throws Error as `migrate` does, and as PostgreSQL reports it
 */
export async function seed(url: string, log: (message: string) => void = () => undefined): Promise<void> {
  const random = new SeededRandom(SEED);
  const products = seedProducts(random);
  const orders = seedOrders(random, products);
  await withPrimary(url, (dataSource) =>
    dataSource.transaction(async (manager) => {
      const addedProducts = await insertProducts(manager, products);
      const addedOrders = await insertOrders(manager, orders);
      // Gives the planner statistics for the first queries, before autovacuum runs.
      if (addedOrders > 0) await manager.query('ANALYZE products, orders, order_items, order_events');
      log(`seeded: ${addedProducts} products and ${addedOrders} orders added`);
    }),
  );
}

async function insertProducts(manager: EntityManager, products: SeedProduct[]): Promise<number> {
  const added = await manager.query<unknown[]>(
    `INSERT INTO products (sku, name, price_cents, stock)
     SELECT sku, name, price_cents, stock
       FROM jsonb_to_recordset($1) AS p (sku text, name text, price_cents int, stock int)
     ON CONFLICT DO NOTHING
     RETURNING sku`,
    [JSON.stringify(products)],
  );
  return added.length;
}

// Adds items and events only for orders that this statement added: events have no natural key to conflict on.
async function insertOrders(manager: EntityManager, orders: SeedOrder[]): Promise<number> {
  const added = await manager.query<unknown[]>(
    `WITH given AS (
       SELECT ordinality, o.*
         FROM jsonb_array_elements($1) WITH ORDINALITY AS e (value, ordinality),
              jsonb_to_record(e.value) AS o (id uuid, customer_id text, status text, total_cents int,
                                             item_count int, created_at timestamptz, items jsonb, events jsonb)
     ), added AS (
       INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
       SELECT id, customer_id, status, total_cents, item_count, created_at FROM given ORDER BY ordinality
       ON CONFLICT DO NOTHING
       RETURNING id
     ), added_items AS (
       INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
       SELECT given.id, i.sku, i.quantity, i.unit_price_cents
         FROM given JOIN added USING (id),
              jsonb_to_recordset(given.items) AS i (sku text, quantity int, unit_price_cents int)
     ), added_events AS (
       INSERT INTO order_events (order_id, status, at, detail)
       SELECT given.id, e.status, e.at, e.detail
         FROM given JOIN added USING (id),
              jsonb_to_recordset(given.events) AS e (status text, at timestamptz, detail text)
        ORDER BY given.ordinality, e.at
     )
     SELECT id FROM added`,
    [JSON.stringify(orders)],
  );
  return added.length;
}
