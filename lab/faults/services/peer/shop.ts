import { randomUUID } from 'node:crypto';
import { Order, Product } from '@app/shop-database';
import type { DataSource } from 'typeorm';

interface Item {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceCents: number;
}

interface PlacedOrder {
  readonly id: string;
  readonly itemCount: number;
  readonly items: readonly Item[];
}

/** The statements of both services, on the connection that TypeORM chooses. */
export class PeerShop {
  constructor(private readonly dataSource: DataSource) {}

  products(): Promise<Product[]> {
    return this.dataSource
      .getRepository(Product)
      .createQueryBuilder('product')
      .orderBy('product.sku')
      .limit(20)
      .getMany();
  }

  history(customerId: string): Promise<Order[]> {
    return this.dataSource
      .getRepository(Order)
      .createQueryBuilder('o')
      .where('o.customerId = :customerId', { customerId })
      .orderBy('o.createdAt', 'DESC')
      .addOrderBy('o.id', 'DESC')
      .limit(50)
      .getMany();
  }

  async order(customerId: string, id: string): Promise<Order | undefined> {
    const [order] = await this.dataSource
      .getRepository(Order)
      .find({ where: { id, customerId }, relations: { items: true, events: true } });
    return order;
  }

  place(
    customerId: string,
    key: string,
    lines: readonly { sku: string; quantity: number }[],
  ): Promise<PlacedOrder> {
    return this.dataSource.transaction(async (manager) => {
      const id = randomUUID();
      await manager.query(
        `INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id) VALUES ($1, $2, '', $3)`,
        [customerId, key, id],
      );
      const [items] = await manager.query<[Item[], number]>(
        `UPDATE products SET stock = products.stock - wanted.quantity
           FROM (SELECT sku, line.quantity
                   FROM products JOIN jsonb_to_recordset($1) AS line (sku text, quantity int) USING (sku)
                  ORDER BY sku
                    FOR UPDATE OF products) AS wanted
          WHERE products.sku = wanted.sku AND products.stock >= wanted.quantity
          RETURNING products.sku, wanted.quantity, products.price_cents AS "unitPriceCents"`,
        [JSON.stringify(lines)],
      );
      const itemCount = items.reduce((sum, { quantity }) => sum + quantity, 0);
      const totalCents = items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0);
      await manager.query(
        `WITH placed AS (
           INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
           VALUES ($1, $2, 'placed', $3, $4, now())
         ), bought AS (
           INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
           SELECT $1, sku, quantity, "unitPriceCents"
             FROM jsonb_to_recordset($5) AS i (sku text, quantity int, "unitPriceCents" int)
         )
         INSERT INTO order_events (order_id, status, at) VALUES ($1, 'placed', now())`,
        [id, customerId, totalCents, itemCount, JSON.stringify(items)],
      );
      return { id, itemCount, items };
    });
  }
}
