import { createHash, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { type Page, pageOf } from '@app/service-kit';
import { type RoutedPool, runInTransaction } from 'db-routing';
import type { HistoryEntry } from '../../../../apps/history-service/src/history/history.schemas';
import type * as OrderSql from '../../../../apps/order-service/src/orders/order.sql';
import type { OrderView, PlaceOrderBody } from '../../../../apps/order-service/src/orders/orders.schemas';
import type { ProductView } from '../../../../apps/order-service/src/products/products.schemas';
import { PAGE_SIZE } from '../peers/peer';
import { builtFile } from '../services/service-process';

const orderSql = builtFile('apps', 'order-service', 'src', 'orders', 'order.sql');
const { selectOrder } = createRequire(__filename)(orderSql) as typeof OrderSql;

const PRODUCTS = `SELECT sku, name, price_cents AS "priceCents", stock FROM products ORDER BY sku LIMIT ${PAGE_SIZE + 1}`;
const HISTORY = `
  SELECT id, status, total_cents AS "totalCents", item_count AS "itemCount", created_at AS "createdAt"
    FROM orders WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT ${PAGE_SIZE + 1}`;

const CLAIM_KEY = `
  INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING RETURNING key`;
const LOCK_PRODUCTS = `
  SELECT sku, price_cents AS "unitPriceCents", stock FROM products WHERE sku = ANY($1) ORDER BY sku FOR UPDATE`;
const SET_STOCK = 'UPDATE products SET stock = $2 WHERE sku = $1';
const INSERT_ORDER = `
  INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at) VALUES ($1, $2, 'placed', $3, $4, $5)`;
const INSERT_ITEMS = `
  INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
  SELECT $1, * FROM unnest($2::text[], $3::int[], $4::int[])`;
const INSERT_EVENT = `INSERT INTO order_events (order_id, status, at) VALUES ($1, 'placed', $2)`;

interface Locked {
  readonly sku: string;
  readonly unitPriceCents: number;
  readonly stock: number;
}

/** The answers of our services, by SQL on the pool, with the same statements in the same round trips. */
export class ShopAnswers {
  constructor(private readonly pool: RoutedPool) {}

  async products(): Promise<Page<ProductView>> {
    const { rows } = await this.pool.query<ProductView>(PRODUCTS);
    return pageOf(rows, PAGE_SIZE, ({ sku }) => [sku]);
  }

  async history(customerId: string): Promise<Page<HistoryEntry>> {
    const { rows } = await this.pool.query<HistoryEntry & { createdAt: Date }>(HISTORY, [customerId]);
    const entries = rows.map((row): HistoryEntry => ({ ...row, createdAt: row.createdAt.toISOString() }));
    return pageOf(entries, PAGE_SIZE, ({ createdAt, id }) => [createdAt, id]);
  }

  order(customerId: string, id: string): Promise<OrderView | undefined> {
    const manager = {
      query: async (sql: string, values: unknown[]) => (await this.pool.query(sql, values)).rows,
    };
    return selectOrder(manager as never, { id, customerId });
  }

  /** The lines must be of different products, sorted by sku. */
  placeOrder(customerId: string, key: string, { items: lines }: PlaceOrderBody): Promise<OrderView> {
    return runInTransaction({ retry: { attempts: 2 } }, async () => {
      const { pool } = this;
      const at = new Date();
      const id = randomUUID();
      const hash = createHash('sha256')
        .update(JSON.stringify({ items: lines }))
        .digest('hex');
      const [, { rows: products }] = await Promise.all([
        pool.query(CLAIM_KEY, [customerId, key, hash, id]),
        pool.query<Locked>(LOCK_PRODUCTS, [lines.map(({ sku }) => sku)]),
      ]);
      const items = lines.map(({ sku, quantity }, index) => ({
        ...(products[index] as Locked),
        sku,
        quantity,
      }));
      const totalCents = items.reduce((total, each) => total + each.quantity * each.unitPriceCents, 0);
      const itemCount = items.reduce((count, { quantity }) => count + quantity, 0);
      const column = <K extends keyof (typeof items)[number]>(name: K) => items.map((item) => item[name]);
      await Promise.all([
        ...items.map(({ sku, stock, quantity }) => pool.query(SET_STOCK, [sku, stock - quantity])),
        pool.query(INSERT_ORDER, [id, customerId, totalCents, itemCount, at]),
        pool.query(INSERT_ITEMS, [id, column('sku'), column('quantity'), column('unitPriceCents')]),
        pool.query(INSERT_EVENT, [id, at]),
      ]);
      const createdAt = at.toISOString();
      return {
        id,
        status: 'placed',
        totalCents,
        itemCount,
        createdAt,
        items: items.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })),
        events: [{ status: 'placed', at: createdAt, detail: null }],
      };
    });
  }
}
