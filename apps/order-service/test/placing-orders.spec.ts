import { queryAs } from '../../../libs/shop-database/test/shop';
import type { OrderView } from '../src/orders/orders.schemas';
import { OrderShop } from './order-shop';

describe('placing and cancelling orders', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open();
  });
  afterAll(() => shop.close());

  const order = async (customer: string, items: unknown[], key?: string) => {
    const agent = await shop.service.as(customer);
    const post = agent.post('/orders');
    return (key === undefined ? post : post.set('Idempotency-Key', key)).send({ items });
  };
  const mug = (quantity = 1) => ({ sku: 'MUG-AMBER', quantity });

  it('answers 201 with the order and its location, and takes its items out of the stock', async () => {
    await shop.setStock('MUG-AMBER', 10);
    await shop.setStock('HAT-JADE', 10);
    const response = await order('ann', [
      { sku: 'MUG-AMBER', quantity: 2 },
      { sku: 'HAT-JADE', quantity: 3 },
    ]);
    expect(response.status).toBe(201);
    expect(response.headers.location).toBe(`/orders/${response.body.id}`);
    const [hat, cup] = response.body.items;
    expect(response.body).toMatchObject({
      status: 'placed',
      itemCount: 5,
      totalCents: 3 * hat.unitPriceCents + 2 * cup.unitPriceCents,
      items: [
        { sku: 'HAT-JADE', quantity: 3 },
        { sku: 'MUG-AMBER', quantity: 2 },
      ],
      events: [{ status: 'placed', at: response.body.createdAt }],
    });
    expect([await shop.stockOf('MUG-AMBER'), await shop.stockOf('HAT-JADE')]).toEqual([8, 7]);
  });

  it('returns the same order on a later read as when it was placed', async () => {
    const placed = await order('ann', [mug(), { sku: 'HAT-JADE', quantity: 1 }]);
    await shop.cluster.waitForReplication();
    const read = await (await shop.service.as('ann')).get(`/orders/${placed.body.id}`);
    expect(read.status).toBe(200);
    expect(read.body).toEqual(placed.body);
  });

  it('accepts a customer whose name has the maximum length', async () => {
    expect((await order('x'.repeat(128), [mug()])).status).toBe(201);
  });

  it('sums duplicate lines of one sku', async () => {
    const response = await order('ann', [mug(1), mug(2)]);
    expect(response.body.items).toMatchObject([{ sku: 'MUG-AMBER', quantity: 3 }]);
  });

  it('gives the order an id that sorts by its time (UUID v7)', async () => {
    const { body } = await order('ann', [mug()]);
    const { id, createdAt } = body as OrderView;
    expect(new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toISOString()).toBe(createdAt);
    expect(id[14]).toBe('7');
  });

  it('gives the same answer for the same key and body, whatever the order of the lines, and places one order', async () => {
    await shop.setStock('MUG-AMBER', 10);
    const lines = [mug(2), { sku: 'HAT-JADE', quantity: 1 }];
    const first = await order('ida', lines, 'key-1');
    const second = await order('ida', lines.toReversed(), 'key-1');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.location).toBe(first.headers.location);
    expect(await shop.orderCountOf('ida')).toBe(1);
    expect(await shop.stockOf('MUG-AMBER')).toBe(8);
  });

  it('answers 422 for a key that was used with another body', async () => {
    const response = await order('ida', [mug(3)], 'key-1');
    expect(response.status).toBe(422);
    expect(response.body).toMatchObject({ type: 'urn:problem:idempotency-key-reused' });
    expect(await shop.orderCountOf('ida')).toBe(1);
  });

  it('keeps the keys of different customers apart', async () => {
    const response = await order('ike', [mug(1)], 'key-1');
    expect(response.status).toBe(201);
    expect(await shop.orderCountOf('ike')).toBe(1);
  });

  it('places one order for twenty concurrent requests with the same key', async () => {
    await shop.setStock('MUG-AMBER', 100);
    const responses = await Promise.all(Array.from({ length: 20 }, () => order('ira', [mug(1)], 'at-once')));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(responses.map(({ body }) => (body as OrderView).id)).size).toBe(1);
    expect(await shop.orderCountOf('ira')).toBe(1);
    expect(await shop.stockOf('MUG-AMBER')).toBe(99);
  });

  it('does not store the key of a refused order, so that it can be tried again', async () => {
    await shop.setStock('MUG-AMBER', 0);
    expect((await order('ivo', [mug(1)], 'again')).status).toBe(409);
    await shop.setStock('MUG-AMBER', 1);
    expect((await order('ivo', [mug(1)], 'again')).status).toBe(201);
  });

  it('sells the last ten items to exactly ten of fifty concurrent orders', async () => {
    await shop.setStock('LAMP-FERN', 10);
    const customers = Array.from({ length: 50 }, (_, index) => `buyer-${index}`);
    const responses = await Promise.all(
      customers.map((name) => order(name, [{ sku: 'LAMP-FERN', quantity: 1 }])),
    );
    expect(responses.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(responses.filter(({ status }) => status === 409)).toHaveLength(40);
    expect(await shop.stockOf('LAMP-FERN')).toBe(0);
    const sql = `SELECT sum(quantity)::int AS sold FROM order_items JOIN orders ON id = order_id
                  WHERE sku = 'LAMP-FERN' AND customer_id LIKE 'buyer-%'`;
    expect(await queryAs(shop.cluster, 'migrator', sql)).toEqual([{ sold: 10 }]);
  });

  it('does not deadlock when concurrent orders name the same products in opposite order', async () => {
    const skus = ['VASE-CORAL', 'RUG-GREY', 'PEN-HONEY', 'BAG-DENIM'];
    for (const sku of skus) await shop.setStock(sku, 40);
    const responses = await Promise.all(
      Array.from({ length: 40 }, (_, index) => {
        const lines = skus.map((sku) => ({ sku, quantity: 1 }));
        return order(`dan-${index}`, index % 2 === 0 ? lines : lines.toReversed());
      }),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(40).fill(201));
    for (const sku of skus) expect(await shop.stockOf(sku)).toBe(0);
  });

  it('takes nothing from the stock when one of several lines is not available', async () => {
    await shop.setStock('CLOCK-EBONY', 5);
    await shop.setStock('SCARF-INDIGO', 1);
    const response = await order('una', [
      { sku: 'CLOCK-EBONY', quantity: 2 },
      { sku: 'SCARF-INDIGO', quantity: 3 },
    ]);
    expect(response.status).toBe(409);
    expect(response.body).toMatchObject({
      type: 'urn:problem:insufficient-stock',
      detail: '3 of SCARF-INDIGO requested, 1 available',
      errors: [{ sku: 'SCARF-INDIGO', requested: 3, available: 1 }],
    });
    expect(await shop.stockOf('CLOCK-EBONY')).toBe(5);
    expect(await shop.orderCountOf('una')).toBe(0);
  });

  it('answers 422 for an unknown sku, naming it', async () => {
    const response = await order('una', [mug(), { sku: 'UNICORN', quantity: 1 }]);
    expect(response.status).toBe(422);
    expect(response.body).toMatchObject({
      type: 'urn:problem:unknown-sku',
      errors: [{ field: 'sku', value: 'UNICORN' }],
    });
  });

  it('answers 422 for a total above the limit, naming both, and leaves the stock unchanged', async () => {
    const price = 'UPDATE products SET price_cents = $2, stock = 1000 WHERE sku = $1';
    await queryAs(shop.cluster, 'migrator', price, ['TABLE-JADE', 10_000_000]);
    const response = await order('una', [{ sku: 'TABLE-JADE', quantity: 101 }]);
    expect(response.status).toBe(422);
    expect(response.body.errors).toMatchObject([
      { field: 'items', value: 1_010_000_000, limit: 1_000_000_000 },
    ]);
    expect(await shop.stockOf('TABLE-JADE')).toBe(1000);
    expect((await order('una', [{ sku: 'TABLE-JADE', quantity: 100 }])).status).toBe(201);
  });

  it('cancels an order once: returns the stock, writes an event, and answers 409 the second time', async () => {
    await shop.setStock('MUG-AMBER', 10);
    const agent = await shop.service.as('cat');
    const placed = await order('cat', [mug(4)]);
    expect(await shop.stockOf('MUG-AMBER')).toBe(6);

    const cancelled = await agent.post(`/orders/${placed.body.id}/cancel`);
    expect(cancelled.status).toBe(200);
    expect(cancelled.body).toMatchObject({ id: placed.body.id, status: 'cancelled' });
    const { events } = cancelled.body as OrderView;
    expect(events.map(({ status }) => status)).toEqual(['placed', 'cancelled']);
    expect(await shop.stockOf('MUG-AMBER')).toBe(10);

    const again = await agent.post(`/orders/${placed.body.id}/cancel`);
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ type: 'urn:problem:not-cancellable' });
    expect(await shop.stockOf('MUG-AMBER')).toBe(10);
  });

  it('cancels an order only once for ten concurrent requests', async () => {
    await shop.setStock('MUG-AMBER', 10);
    const agent = await shop.service.as('cat');
    const { body } = await order('cat', [mug(4)]);
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => agent.post(`/orders/${body.id}/cancel`)),
    );
    expect(responses.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(409)]);
    expect(await shop.stockOf('MUG-AMBER')).toBe(10);
  });

  it('does not cancel an order that has been shipped', async () => {
    const sql = `SELECT id FROM orders WHERE customer_id = 'alice' AND status = 'shipped' LIMIT 1`;
    const [shipped] = await queryAs<{ id: string }>(shop.cluster, 'migrator', sql);
    const response = await (await shop.service.as('alice')).post(`/orders/${shipped!.id}/cancel`);
    expect(response.status).toBe(409);
    expect(response.body.errors).toMatchObject([{ field: 'status', value: 'shipped' }]);
  });

  it("answers 404 for another customer's order, as for one that does not exist", async () => {
    const { body } = await order('cat', [mug()]);
    await shop.cluster.waitForReplication();
    const mallory = await shop.service.as('mallory');
    const responses = [
      await mallory.get(`/orders/${body.id}`),
      await mallory.post(`/orders/${body.id}/cancel`),
      await mallory.get('/orders/01890000-0000-7000-8000-000000000000'),
      await mallory.post('/orders/01890000-0000-7000-8000-000000000000/cancel'),
    ];
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(new Set(responses.map(({ body: problem }) => (problem as { type: string }).type))).toEqual(
      new Set(['urn:problem:order-not-found']),
    );
    const sql = 'SELECT status FROM orders WHERE id = $1';
    expect(await queryAs(shop.cluster, 'migrator', sql, [body.id])).toEqual([{ status: 'placed' }]);
  });
});
