import { Client } from 'pg';
import { migratorUrl, queryAs } from '../../../libs/shop-database/test/shop';
import { ExpiredKeys } from '../src/orders/expired-keys';
import { OrderShop } from './order-shop';

describe('idempotency keys', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0 });
  });
  afterAll(() => shop.close());

  const insert = (count: number, ageHours: number) =>
    queryAs(
      shop.cluster,
      'migrator',
      `INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id, created_at)
       SELECT 'old', $2 || '-' || n, 'hash', gen_random_uuid(), now() - make_interval(hours => $2::int)
         FROM generate_series(1, $1::int) AS n`,
      [count, String(ageHours)],
    );
  const kept = async () => {
    const sql = 'SELECT count(*)::int AS count FROM idempotency_keys';
    return (await queryAs<{ count: number }>(shop.cluster, 'migrator', sql))[0]!.count;
  };

  it('are deleted after a day, however many there are; younger ones are kept', async () => {
    await insert(450, 25);
    await insert(3, 23);
    await shop.service.app.get(ExpiredKeys).purge();
    expect(await kept()).toBe(3);
  });

  it('are deleted by several instances at once, without waiting for what another holds', async () => {
    await insert(10, 30);
    const other = new Client({ connectionString: migratorUrl(shop.cluster) });
    await other.connect();
    await other.query('BEGIN');
    await other.query(`SELECT FROM idempotency_keys WHERE key LIKE '30-1%' FOR UPDATE`);
    const expired = shop.service.app.get(ExpiredKeys);
    await Promise.all([expired.purge(), expired.purge()]);
    // 30-1 and 30-10, which the other transaction holds, and the three younger ones.
    expect(await kept()).toBe(5);
    await other.query('ROLLBACK');
    await other.end();
    await expired.purge();
    expect(await kept()).toBe(3);
  });
});
