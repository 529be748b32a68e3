import { gzipSync } from 'node:zlib';
import { OrderShop } from './order-shop';

describe('what HTTP asks of every answer', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0 });
  });
  afterAll(() => shop.close());

  const order = { items: [{ sku: 'MUG-AMBER', quantity: 1 }] };
  const ID = '01a2020b-fe3a-73fe-a4c1-e7ed564c2afa';

  describe('content encodings', () => {
    it.each(['gzip', 'br', 'nonsense', 'gzip, identity'])(
      '415 for a body with Content-Encoding: %s, naming what is accepted',
      async (encoding) => {
        const response = await fetch(`${shop.service.url}/orders`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-encoding': encoding },
          body: gzipSync(JSON.stringify(order)),
        });
        expect(response.status).toBe(415);
        expect(response.headers.get('content-type')).toMatch('application/problem+json');
        expect(response.headers.get('accept-encoding')).toBe('identity');
        expect(await response.json()).toMatchObject({
          detail: `content-encoding is "${encoding}": it must be identity`,
          errors: [{ field: 'content-encoding', value: encoding, message: 'must be identity' }],
        });
      },
    );

    it('a body with Content-Encoding: identity is read', async () => {
      const agent = await shop.service.as('alice');
      await agent.post('/orders').set('content-encoding', 'identity').send(order).expect(201);
    });

    it('without a body, the header says nothing', async () => {
      const agent = await shop.service.as('alice');
      await agent.get('/products').set('content-encoding', 'gzip').expect(200);
    });
  });

  it.each([
    ['DELETE', '/orders', 'POST'],
    ['GET', '/orders', 'POST'],
    ['DELETE', `/orders/${ID}`, 'GET, HEAD'],
    ['GET', `/orders/${ID}/cancel`, 'POST'],
    ['PUT', '/orders/events', 'GET, HEAD'],
    ['POST', '/products?search=mug', 'GET, HEAD'],
    ['OPTIONS', '/products/bestsellers', 'GET, HEAD'],
    ['POST', '/health', 'GET, HEAD'],
    ['POST', '/health/ready', 'GET, HEAD'],
    ['POST', '/docs', 'GET, HEAD'],
    ['POST', '/docs/openapi.json', 'GET, HEAD'],
    ['DELETE', '/docs/swagger-ui.css', 'GET, HEAD'],
    ['PURGE', '/products', 'GET, HEAD'],
  ])('405 for %s %s, with Allow: %s', async (method, path, allow) => {
    const response = await fetch(`${shop.service.url}${path}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.headers.get('content-type')).toMatch('application/problem+json');
    expect(await response.json()).toMatchObject({
      title: 'Method Not Allowed',
      status: 405,
      detail: `The method is ${method}: here it must be one of ${allow}.`,
    });
  });

  it('counts refused methods and encodings among the requests', async () => {
    await fetch(`${shop.service.url}/orders`, { method: 'DELETE' });
    const metrics = await fetch(`${shop.service.managementUrl}/metrics`);
    expect(await metrics.text()).toMatch(/http_server_request_duration_seconds_count\{method="DELETE",.*405/);
  });

  it('405 on the management port, with Allow', async () => {
    const response = await fetch(`${shop.service.managementUrl}/metrics`, { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  describe('headers', () => {
    it.each([
      ['/products', 200],
      ['/orders/42', 400],
      ['/orders/%zz', 400],
      ['/nowhere', 404],
      ['/health/ready', 200],
    ])('no cache stores the answer of %s (%s)', async (path, status) => {
      const response = await (await shop.service.as('alice')).get(path);
      expect(response.status).toBe(status);
      expect(response.headers['cache-control']).toBe('no-store');
    });

    it.each(['/products', '/orders/42', '/nowhere', '/health/live'])(
      'a browser neither renders nor frames the answer of %s, nor guesses its type',
      async (path) => {
        const { headers } = await (await shop.service.as('alice')).get(path);
        expect(headers).toMatchObject({
          'content-security-policy': "default-src 'none';frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'strict-transport-security': 'max-age=31536000; includeSubDomains',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        });
      },
    );

    it('the OpenAPI UI may load its own scripts, styles and icons, and caches may store them', async () => {
      const agent = await shop.service.as();
      for (const path of ['/docs', '/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js']) {
        const { headers } = await agent.get(path).expect(200);
        expect(headers['content-security-policy']).toMatch(
          /default-src 'self';style-src 'self' 'unsafe-inline'/,
        );
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['cache-control']).not.toBe('no-store');
      }
      // The policy forbids inline scripts.
      const { text } = await agent.get('/docs');
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=/);
    });
  });
});
