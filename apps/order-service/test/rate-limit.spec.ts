import { OrderShop } from './order-shop';

const LIMIT = 5;

describe('the rate limit', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    const environment = { RATE_LIMIT_PER_MINUTE: String(LIMIT) };
    shop = await OrderShop.open({ replicas: 0, environment });
  });
  afterAll(() => shop.close());

  const statuses = async (count: number, ask: () => Promise<{ status: number }>) => {
    const seen: number[] = [];
    for (let asked = 0; asked < count; asked += 1) seen.push((await ask()).status);
    return seen;
  };
  const times = (count: number, status: number) => Array.from({ length: count }, () => status);

  it('429 beyond the limit, naming it and when to try again', async () => {
    const alice = await shop.service.as('alice');
    expect(await statuses(LIMIT, () => alice.get('/products'))).toEqual(times(LIMIT, 200));
    const response = await alice.get('/products');
    expect(response.status).toBe(429);
    expect(response.type).toBe('application/problem+json');
    const seconds = Number(response.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(response.body).toMatchObject({
      type: 'urn:problem:rate-limit',
      title: 'Too Many Requests',
      status: 429,
      detail: `At most ${LIMIT} requests a minute are served. Try again in ${seconds} s.`,
    });
  });

  it('counts every route of a customer together, refused requests included', async () => {
    const carol = await shop.service.as('carol');
    await carol.get('/products').expect(200);
    await carol.get('/orders/42').expect(400);
    await carol.get('/products?nothing=1').expect(400);
    await carol.post('/orders').send({}).expect(400);
    await carol.get('/products/UNICORN/availability').expect(404);
    await carol.get('/products/bestsellers').expect(429);
  });

  it('writes nothing for a request that it refuses', async () => {
    const dora = await shop.service.as('dora');
    const order = { items: [{ sku: 'MUG-AMBER', quantity: 1 }] };
    const seen = await statuses(LIMIT + 2, () => dora.post('/orders').send(order));
    expect(seen).toEqual([...times(LIMIT, 201), 429, 429]);
    expect(await shop.orderCountOf('dora')).toBe(LIMIT);
  });

  it('counts requests without a valid token by address, and those of a customer from there apart', async () => {
    const stranger = await shop.service.as();
    const forger = (await shop.service.as()).auth('not.a.token', { type: 'bearer' });
    expect(await statuses(LIMIT - 1, () => stranger.get('/products'))).toEqual(times(LIMIT - 1, 401));
    await forger.get('/products').expect(401);
    await forger.get('/products').expect(429);
    await stranger.get('/products').expect(429);
    await (await shop.service.as('bob')).get('/products').expect(200);
  });

  it('does not count probes and metrics', async () => {
    const probe = await shop.service.as();
    for (const path of ['/health', '/health/live', '/health/ready']) {
      expect(await statuses(LIMIT + 1, () => probe.get(path))).toEqual(times(LIMIT + 1, 200));
    }
    const metrics = () => fetch(`${shop.service.managementUrl}/metrics`);
    expect(await statuses(LIMIT + 1, metrics)).toEqual(times(LIMIT + 1, 200));
  });
});
