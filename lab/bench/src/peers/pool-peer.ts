import type { Peer } from './peer';
import {
  INSERT_ORDER,
  READ_HISTORY,
  READ_ORDER,
  READ_ORDER_WITH_ITEMS,
  READ_ROWS,
  STORE_ORDER,
  storeOrderValues,
  TAKE_STOCK,
  type TakenLine,
} from './shop-sql';

interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** The part of node-postgres' Pool used here. */
export interface PoolLike extends Queryable {
  connect(): Promise<Queryable & { release(error?: Error): void }>;
  end(): Promise<void>;
}

/** The shop in SQL on anything compatible with `pg.Pool`, in the style of node-postgres' documentation. */
export function poolPeer(pool: PoolLike): Required<Omit<Peer, 'read' | 'twoRelations'>> {
  return {
    rawRead: async (id) => {
      const { rows } = await pool.query(READ_ORDER, [id]);
      return (rows as { id: string }[])[0]?.id;
    },
    orderWithItems: async (id) => (await pool.query(READ_ORDER_WITH_ITEMS, [id])).rows.length,
    history: async (customerId) => (await pool.query(READ_HISTORY, [customerId])).rows.length,
    rows: async (exceptId) => (await pool.query(READ_ROWS, [exceptId])).rows.length,
    insert: async (id) => (await pool.query(INSERT_ORDER, [id, new Date().toISOString()])).rowCount ?? 0,
    placeOrder: async ({ id, customerId, lines }) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const taken = (await client.query(TAKE_STOCK, [JSON.stringify(lines)])).rows as TakenLine[];
        await client.query(STORE_ORDER, storeOrderValues(id, customerId, taken));
        await client.query('COMMIT');
        return taken.length;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  };
}
