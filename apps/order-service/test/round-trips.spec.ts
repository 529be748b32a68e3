import { CustomerAnnouncer } from '../src/order-events/customer-announcer';
import { OrderShop } from './order-shop';

const RUNS = 15;

describe('round trips to the database', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0, isProxied: true });
    // Announcements are sent after COMMIT, for several orders together, and no request waits for them.
    jest.spyOn(shop.service.app.get(CustomerAnnouncer), 'announceAfterCommit').mockReturnValue();
  });
  afterAll(() => shop.close());

  /** Probes also pass through the link now and then, so the most frequent count is that of the work. */
  const usualCount = async (work: () => Promise<unknown>): Promise<number> => {
    await work();
    const counts: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const before = shop.cluster.primary.link.counters.roundTrips;
      await work();
      counts.push(shop.cluster.primary.link.counters.roundTrips - before);
    }
    return counts.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
  };

  it.each([
    ['one line', ['MUG-AMBER']],
    ['four lines', ['MUG-AMBER', 'HAT-JADE', 'LAMP-FERN', 'RUG-GREY']],
  ])('are three to place an order of %s: key and locks, writes, COMMIT', async (name, skus) => {
    const agent = await shop.service.as('alice');
    const items = skus.map((sku) => ({ sku, quantity: 1 }));
    let runs = 0;
    const count = await usualCount(async () => {
      runs += 1;
      const answer = await agent.post('/orders').set('Idempotency-Key', `${name} ${runs}`).send({ items });
      expect(answer.status).toBe(201);
    });
    expect(count).toBe(3);
  });

  it('are one to read an order', async () => {
    const agent = await shop.service.as('alice');
    const { body } = await agent.post('/orders').send({ items: [{ sku: 'MUG-AMBER', quantity: 1 }] });
    const { id } = body as { id: string };
    expect(await usualCount(() => agent.get(`/orders/${id}`).expect(200))).toBe(1);
  });
});
