import { plansOf } from '../../../libs/shop-database/test/plans';
import { queryAs } from '../../../libs/shop-database/test/shop';
import { ProductQueries } from '../src/products/product.queries';
import { OrderShop } from './order-shop';

describe('products and documentation', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0 });
  });
  afterAll(() => shop.close());

  const list = async (query = '') => {
    const response = await (await shop.service.as('alice')).get(`/products${query}`);
    expect(response.status).toBe(200);
    return response.body as { items: { sku: string; name: string }[]; nextCursor: string | null };
  };

  it('pages through all products, each once, by sku', async () => {
    const skus: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await list(cursor === '' ? '?limit=64' : `?limit=64&cursor=${cursor}`);
      skus.push(...page.items.map(({ sku }) => sku));
      cursor = page.nextCursor;
    }
    expect(skus).toHaveLength(200);
    expect(skus).toEqual([...new Set(skus)].sort());
  });

  it('returns 20 products by default', async () => {
    expect((await list()).items).toHaveLength(20);
  });

  it.each([
    ['mug', 10],
    ['MUG-', 10],
    ['amber', 20],
    ['amber mug', 1],
    ['', 20],
    ['%', 0],
    ['_', 0],
    ['\\', 0],
    ["'; DROP TABLE products --", 0],
  ])('finds products by part of the name or sku: %p', async (search, count) => {
    expect((await list(`?search=${encodeURIComponent(search)}`)).items).toHaveLength(count);
  });

  it('lists what sold best in the last thirty days, best first', async () => {
    const sold = async () => {
      const { status, body } = await (await shop.service.as('alice')).get('/products/bestsellers');
      expect(status).toBe(200);
      return (body as { items: { sku: string; sold: number }[] }).items;
    };
    const before = await sold();
    const buyer = await shop.service.as('buyer');
    await buyer
      .post('/orders')
      .send({ items: [{ sku: 'MUG-AMBER', quantity: 50 }] })
      .expect(201);
    const again = await buyer
      .post('/orders')
      .send({ items: [{ sku: 'MUG-BIRCH', quantity: 40 }] })
      .expect(201);
    await buyer.post(`/orders/${(again.body as { id: string }).id}/cancel`).expect(200);
    const after = await sold();
    expect(after.length).toBeLessThanOrEqual(10);
    expect(after[0]).toEqual({
      sku: 'MUG-AMBER',
      sold: 50 + (before.find(({ sku }) => sku === 'MUG-AMBER')?.sold ?? 0),
    });
    expect(after.map(({ sold: pieces }) => pieces)).toEqual(
      after.map(({ sold: pieces }) => pieces).sort((a, b) => b - a),
    );
  });

  it('tells how many pieces of a product are left', async () => {
    await shop.setStock('HAT-JADE', 7);
    const agent = await shop.service.as('alice');
    const { body } = await agent.get('/products/HAT-JADE/availability').expect(200);
    expect(body).toEqual({ sku: 'HAT-JADE', stock: 7 });
    const unknown = await agent.get('/products/UNICORN/availability').expect(404);
    expect(unknown.body).toMatchObject({ type: 'urn:problem:product-not-found' });
  });

  it('serves the OpenAPI UI and its assets without a token, from this server', async () => {
    const agent = await shop.service.as();
    const page = await agent.get('/docs');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets)
      expect((await agent.get(new URL(asset, 'http://x/').pathname)).status).toBe(200);
  });

  it('describes every route, with the limits of the schemas that validate', async () => {
    const { body } = await (await shop.service.as()).get('/docs/openapi.json');
    expect(Object.keys(body.paths).sort()).toEqual([
      '/health',
      '/health/live',
      '/health/ready',
      '/orders',
      '/orders/events',
      '/orders/{id}',
      '/orders/{id}/cancel',
      '/products',
      '/products/bestsellers',
      '/products/{sku}/availability',
    ]);
    const schema = body.paths['/orders'].post.requestBody.content['application/json'].schema;
    expect(schema.properties.items).toMatchObject({ type: 'array', minItems: 1, maxItems: 100 });
    expect(schema.properties.items.items.properties.quantity).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 1000,
    });
    const parameters = body.paths['/products'].get.parameters as { name: string }[];
    const limit = parameters.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { minimum: 1, maximum: 100, default: 20 },
    });
    const answer = body.paths['/orders'].post.responses['201'].content['application/json'].schema;
    expect(Object.keys(answer.properties)).toContain('totalCents');
    const error = body.paths['/orders'].post.responses.default.content['application/problem+json'].schema;
    expect(Object.keys(error.properties)).toEqual(
      expect.arrayContaining(['type', 'status', 'requestId', 'errors']),
    );
    const id = body.paths['/orders/{id}'].get.parameters[0];
    expect(id).toMatchObject({ name: 'id', in: 'path', schema: { format: 'uuid' } });
  });

  it('lets the server plan the first page once, of whatever size, however many products there are', async () => {
    const insert = `INSERT INTO products (sku, name, price_cents, stock)
                    SELECT 'ZZZ-' || n, 'Last of all', 1, 0 FROM generate_series(1, 5000) AS n`;
    await queryAs(shop.cluster, 'migrator', insert);
    await queryAs(shop.cluster, 'migrator', 'ANALYZE products');
    const plans = await plansOf(shop.cluster, 'order_service', async (query) => {
      const products = new ProductQueries({ query } as never);
      for (let time = 0; time < 20; time++) {
        for (const limit of [1, 20, 21, 50, 99, 100]) {
          const { items, nextCursor } = await products.list({ limit });
          expect([items.length, nextCursor]).toEqual([limit, expect.any(String)]);
        }
      }
    });
    expect(plans).toEqual(Array(3).fill({ custom: 0, generic: 40 }));
  });
});
