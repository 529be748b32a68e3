import { randomUUID } from 'node:crypto';
import { unneededGrants } from '../../../libs/shop-database/test/grants';
import { queryAs } from '../../../libs/shop-database/test/shop';
import { ExpiredKeys } from '../src/orders/expired-keys';
import type { OrderView } from '../src/orders/orders.schemas';
import { OrderShop } from './order-shop';

describe('the grants of order_service', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    // A single node, so that a revoked grant takes effect for reads immediately.
    shop = await OrderShop.open({ replicas: 0 });
  });
  afterAll(() => shop.close());

  /** Exercises everything that the service does, once; resolves to the status codes. */
  async function walk(): Promise<number[]> {
    const agent = await shop.service.as('alice');
    const key = randomUUID();
    const place = () =>
      agent
        .post('/orders')
        .set('Idempotency-Key', key)
        .send({ items: [{ sku: 'BASKET-FERN', quantity: 1 }] });
    const placed = await place();
    const repeated = await place();
    await queryAs(
      shop.cluster,
      'migrator',
      `INSERT INTO idempotency_keys VALUES ('alice', gen_random_uuid(), 'hash', gen_random_uuid(), '2020-01-01')`,
    );
    const expired = await shop.service.app
      .get(ExpiredKeys)
      .deleteBatch()
      .then(
        () => 200,
        () => 500,
      );
    const id = (placed.body as Partial<OrderView>).id ?? randomUUID();
    const answers = [
      placed,
      repeated,
      await agent.get(`/orders/${id}`),
      await agent.post(`/orders/${id}/cancel`),
      await agent.get('/products?search=basket'),
    ];
    return [...answers.map(({ status }) => status), expired];
  }

  it('cover everything the service does, and every one of them is needed', async () => {
    const allIsWell = [201, 201, 200, 200, 200, 200];
    expect(await walk()).toEqual(allIsWell);
    expect(await unneededGrants(shop.cluster, 'order_service', walk)).toEqual([]);
    expect(await walk()).toEqual(allIsWell);
  });
});
