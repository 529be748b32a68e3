import type { PostgresCluster } from '@app/postgres-cluster';
import { seed } from '../src';
import { grantsTo } from './grants';
import { migratorUrl, queryAs, startShop } from './shop';

describe('the seeded shop', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await startShop({ replicas: 0 });
  });
  afterAll(() => cluster.stop());

  const one = async (sql: string) => (await queryAs<Record<string, unknown>>(cluster, 'migrator', sql))[0];

  // A checksum of the contents. If it changes, clones of the project no longer all have the same shop.
  const fingerprint = () =>
    one(`SELECT (SELECT md5(string_agg(p::text, '' ORDER BY sku COLLATE "C")) FROM products p) AS products,
                (SELECT md5(string_agg(o::text, '' ORDER BY id)) FROM orders o) AS orders,
                (SELECT md5(string_agg(i::text, '' ORDER BY order_id, sku COLLATE "C")) FROM order_items i) AS items,
                (SELECT md5(string_agg((order_id, status, at, detail)::text, '' ORDER BY id)) FROM order_events) AS events`);

  it("has 200 products and 2,000 orders, 250 of them alice's, spread over the last twelve months", async () => {
    expect(
      await one(`SELECT (SELECT count(*)::int FROM products) AS products,
                        (SELECT count(*)::int FROM orders) AS orders,
                        (SELECT count(*)::int FROM orders WHERE customer_id = 'alice') AS alices,
                        (SELECT count(DISTINCT date_trunc('month', created_at AT TIME ZONE 'UTC'))::int
                           FROM orders WHERE customer_id = 'alice') AS months`),
    ).toEqual({ products: 200, orders: 2000, alices: 250, months: 12 });
  });

  it('is consistent: totals, counts, statuses and ids agree with items, events and times', async () => {
    expect(
      await one(`SELECT
        (SELECT count(*)::int FROM orders o
          WHERE (total_cents, item_count) IS DISTINCT FROM
                (SELECT (sum(quantity * unit_price_cents)::int, sum(quantity)::int) FROM order_items WHERE order_id = o.id)) AS totals,
        (SELECT count(*)::int FROM orders o
          WHERE status <> (SELECT status FROM order_events WHERE order_id = o.id ORDER BY id DESC LIMIT 1)) AS statuses,
        (SELECT count(*)::int FROM orders o
          WHERE created_at <> (SELECT min(at) FROM order_events WHERE order_id = o.id)) AS times,
        (SELECT count(*)::int FROM orders
          WHERE ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
                <> (extract(epoch FROM created_at) * 1000)::bigint) AS ids`),
    ).toEqual({ totals: 0, statuses: 0, times: 0, ids: 0 });
  });

  it('is the same on every machine', async () => {
    expect(await fingerprint()).toMatchInlineSnapshot(`
      {
        "events": "5b35389fd8618adc7f2e59209727f749",
        "items": "4b4c83604b74ed6bbfbb6249c393a21f",
        "orders": "0f9d59c38ade500d2119376fd4400eb8",
        "products": "c432b4f243d17e16f6d6aa555c5704f6",
      }
    `);
  });

  it('does not change when seeded again, even after purchases and cancellations', async () => {
    await queryAs(cluster, 'order_service', `UPDATE products SET stock = 3 WHERE sku = 'MUG-AMBER'`);
    await queryAs(cluster, 'order_service', `UPDATE orders SET status = 'cancelled' WHERE status = 'placed'`);
    const before = await fingerprint();
    const messages: string[] = [];
    await seed(migratorUrl(cluster), (line) => messages.push(line));
    expect(messages).toEqual(['seeded: 0 products and 0 orders added']);
    expect(await fingerprint()).toEqual(before);
  });

  it.each([
    ['history_service', `INSERT INTO orders VALUES (gen_random_uuid(), 'eve', 'placed', 1, 1, now())`],
    ['history_service', `UPDATE products SET stock = 0`],
    ['history_service', `DELETE FROM order_events`],
    ['history_service', `SELECT * FROM idempotency_keys`],
    ['history_service', `SELECT * FROM order_items`],
    ['history_service', `SELECT * FROM products`],
    ['history_service', `CREATE TABLE mine ()`],
    ['order_service', `UPDATE products SET price_cents = 0`],
    ['order_service', `UPDATE orders SET total_cents = 0`],
    ['order_service', `DELETE FROM orders`],
    ['order_service', `UPDATE idempotency_keys SET request_hash = ''`],
    ['order_service', `TRUNCATE order_items`],
    ['order_service', `CREATE TABLE mine ()`],
  ] as const)('%s may not: %s', async (role, sql) => {
    await expect(queryAs(cluster, role, sql)).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['history_service', `SELECT * FROM orders LIMIT 1`],
    ['order_service', `SELECT stock FROM products WHERE sku = 'MUG-BIRCH' FOR UPDATE`],
  ] as const)('%s may: %s', async (role, sql) => {
    expect(await queryAs(cluster, role, sql)).toHaveLength(1);
  });

  it.each([
    [
      'order_service',
      [
        'DELETE ON idempotency_keys',
        'INSERT ON idempotency_keys',
        'INSERT ON order_events',
        'INSERT ON order_items',
        'INSERT ON orders',
        'SELECT ON idempotency_keys',
        'SELECT ON order_events',
        'SELECT ON order_items',
        'SELECT ON orders',
        'SELECT ON products',
        'UPDATE (created_at) ON idempotency_keys',
        'UPDATE (status) ON orders',
        'UPDATE (stock) ON products',
      ],
    ],
    ['history_service', ['SELECT ON orders']],
  ] as const)('%s was granted only this', async (role, grants) => {
    expect(await grantsTo(cluster, role)).toEqual(grants);
    // Everything that names the role. It owns nothing, and appears only in the privileges of these tables and
    // of the database.
    const named = await queryAs<{ what: string }>(
      cluster,
      'migrator',
      `SELECT deptype::text || ' ' || CASE classid WHEN 'pg_class'::regclass THEN objid::regclass::text
                                             ELSE classid::regclass::text END AS what
         FROM pg_shdepend WHERE refobjid = $1::regrole ORDER BY 1`,
      [role],
    );
    const tables = new Set(grants.map((grant) => `a ${grant.split(' ON ')[1]}`));
    expect(new Set(named.map(({ what }) => what))).toEqual(new Set([...tables, 'a pg_database']));
    const memberships = 'SELECT roleid::regrole::text FROM pg_auth_members WHERE member = $1::regrole';
    expect(await queryAs(cluster, 'migrator', memberships, [role])).toEqual([]);
  });
});
