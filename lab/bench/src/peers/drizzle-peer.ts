import { desc, eq, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import type { Pool } from 'pg';
import { PAGE_SIZE, type Peer } from './peer';
import type { TakenLine } from './shop-sql';

const orders = pgTable('orders', {
  id: uuid('id').primaryKey(),
  customerId: text('customer_id').notNull(),
  status: text('status').notNull(),
  totalCents: integer('total_cents').notNull(),
  itemCount: integer('item_count').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull(),
});

const orderItems = pgTable(
  'order_items',
  {
    orderId: uuid('order_id').notNull(),
    sku: text('sku').notNull(),
    quantity: integer('quantity').notNull(),
    unitPriceCents: integer('unit_price_cents').notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.sku] })],
);

const orderRelations = relations(orders, ({ many }) => ({ items: many(orderItems) }));
const itemRelations = relations(orderItems, ({ one }) => ({
  order: one(orders, { fields: [orderItems.orderId], references: [orders.id] }),
}));

const schema = { orders, orderItems, orderRelations, itemRelations };

export function openDatabase(pool: Pool) {
  return drizzle(pool, { schema });
}
type ShopDatabase = ReturnType<typeof openDatabase>;

/** The shop on Drizzle; `db` may have replicas. */
export function drizzlePeer(
  db: Pick<ShopDatabase, 'select' | 'insert' | 'transaction'>,
  close: () => Promise<void>,
): Peer {
  return {
    read: async (id) => (await db.select().from(orders).where(eq(orders.id, id)))[0]?.id,
    orderWithItems: async (id) => {
      const rows = await db
        .select()
        .from(orders)
        .innerJoin(orderItems, eq(orderItems.orderId, orders.id))
        .where(eq(orders.id, id));
      return rows.length;
    },
    history: async (customerId) => {
      const rows = await db
        .select()
        .from(orders)
        .where(eq(orders.customerId, customerId))
        .orderBy(desc(orders.createdAt), desc(orders.id))
        .limit(PAGE_SIZE);
      return rows.length;
    },
    insert: async (id) => {
      const { rowCount } = await db.insert(orders).values({
        id,
        customerId: 'bench',
        status: 'placed',
        totalCents: 1_000,
        itemCount: 1,
        createdAt: new Date(),
      });
      return rowCount ?? 0;
    },
    placeOrder: ({ id, customerId, lines }) =>
      db.transaction(async (transaction) => {
        const { rows } = await transaction.execute<TakenLine & Record<string, unknown>>(takeStock(lines));
        const totalCents = rows.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
        const itemCount = rows.reduce((sum, { quantity }) => sum + quantity, 0);
        await transaction.execute(storeOrder({ id, customerId, totalCents, itemCount }, rows));
        return rows.length;
      }),
    close,
  };
}

function takeStock(lines: unknown) {
  return sql`
    UPDATE products SET stock = products.stock - wanted.quantity
      FROM (SELECT sku, line.quantity
              FROM products JOIN jsonb_to_recordset(${JSON.stringify(lines)}) AS line (sku text, quantity int) USING (sku)
             ORDER BY sku
               FOR UPDATE OF products) AS wanted
     WHERE products.sku = wanted.sku AND products.stock >= wanted.quantity
     RETURNING products.sku, wanted.quantity, products.price_cents AS "unitPriceCents"`;
}

interface OrderHead {
  readonly id: string;
  readonly customerId: string;
  readonly totalCents: number;
  readonly itemCount: number;
}

function storeOrder({ id, customerId, totalCents, itemCount }: OrderHead, lines: readonly TakenLine[]) {
  const at = new Date().toISOString();
  return sql`
    WITH placed AS (
      INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
      VALUES (${id}, ${customerId}, 'placed', ${totalCents}, ${itemCount}, ${at})
    ), bought AS (
      INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
      SELECT ${id}, sku, quantity, "unitPriceCents"
        FROM jsonb_to_recordset(${JSON.stringify(lines)}) AS i (sku text, quantity int, "unitPriceCents" int)
    )
    INSERT INTO order_events (order_id, status, at) VALUES (${id}, 'placed', ${at})`;
}
