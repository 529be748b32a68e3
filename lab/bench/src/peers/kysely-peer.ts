import { type ColumnType, CompiledQuery, Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { PAGE_SIZE, type Peer } from './peer';
import { STORE_ORDER, storeOrderValues, TAKE_STOCK, type TakenLine } from './shop-sql';

interface ShopTables {
  orders: {
    id: string;
    customer_id: string;
    status: string;
    total_cents: number;
    item_count: number;
    created_at: ColumnType<Date, Date | string>;
  };
  order_items: { order_id: string; sku: string; quantity: number; unit_price_cents: number };
}

/** The shop on Kysely, over anything compatible with `pg.Pool`. */
export function kyselyPeer(pool: PostgresPool): Peer {
  const db = new Kysely<ShopTables>({ dialect: new PostgresDialect({ pool }) });
  return {
    read: async (id) => {
      const row = await db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
      return row?.id;
    },
    orderWithItems: async (id) => {
      const rows = await db
        .selectFrom('orders')
        .innerJoin('order_items', 'order_items.order_id', 'orders.id')
        .selectAll()
        .where('orders.id', '=', id)
        .execute();
      return rows.length;
    },
    history: async (customerId) => {
      const rows = await db
        .selectFrom('orders')
        .selectAll()
        .where('customer_id', '=', customerId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(PAGE_SIZE)
        .execute();
      return rows.length;
    },
    insert: async (id) => {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('orders')
        .values({
          id,
          customer_id: 'bench',
          status: 'placed',
          total_cents: 1_000,
          item_count: 1,
          created_at: new Date(),
        })
        .executeTakeFirstOrThrow();
      return Number(numInsertedOrUpdatedRows);
    },
    placeOrder: ({ id, customerId, lines }) =>
      db.transaction().execute(async (transaction) => {
        const take = CompiledQuery.raw(TAKE_STOCK, [JSON.stringify(lines)]);
        const { rows } = await transaction.executeQuery<TakenLine>(take);
        await transaction.executeQuery(
          CompiledQuery.raw(STORE_ORDER, storeOrderValues(id, customerId, rows)),
        );
        return rows.length;
      }),
    close: () => db.destroy(),
  };
}
