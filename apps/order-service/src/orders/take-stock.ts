import type { EntityManager } from 'typeorm';
import type { OrderLine, OrderView } from './orders.schemas';

/**
 * Takes what the lines ask for out of the stock, and answers the lines for which there was enough, with the
 * price of each, by sku. Fewer than were asked for: the transaction must not go on.
 *
 * The inner SELECT locks the rows in the order of their skus, whatever the plan of the UPDATE: two orders for
 * the same products can never wait for each other. The stock is compared after the lock was granted, on the
 * newest row, so that nothing is sold twice.
 */
export async function takeStock(
  manager: EntityManager,
  lines: readonly OrderLine[],
): Promise<OrderView['items']> {
  // For an UPDATE, TypeORM answers the rows together with their number.
  const [taken] = await manager.query<[OrderView['items'], number]>(
    `UPDATE products SET stock = products.stock - wanted.quantity
       FROM (SELECT sku, line.quantity
               FROM products JOIN jsonb_to_recordset($1) AS line (sku text, quantity int) USING (sku)
              ORDER BY sku
                FOR UPDATE OF products) AS wanted
      WHERE products.sku = wanted.sku AND products.stock >= wanted.quantity
      RETURNING products.sku, wanted.quantity, products.price_cents AS "unitPriceCents"`,
    [JSON.stringify(lines)],
  );
  return taken.sort((a, b) => (a.sku < b.sku ? -1 : 1));
}
