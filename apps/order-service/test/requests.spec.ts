import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FieldError } from '@app/service-kit';
import { OrderShop } from './order-shop';

describe('requests that cannot be served', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0 });
  });
  afterAll(() => shop.close());

  const line = (quantity: unknown, sku: unknown = 'MUG-AMBER') => ({ sku, quantity });
  const lines = (count: number) => Array.from({ length: count }, (_, index) => line(1, `SKU-${index}`));

  it.each<[string, unknown, Record<string, unknown>]>([
    ['a quantity of zero', { items: [line(0)] }, { field: 'items.0.quantity', value: 0, limit: 1 }],
    ['a negative quantity', { items: [line(-1)] }, { field: 'items.0.quantity', value: -1, limit: 1 }],
    [
      'a fraction',
      { items: [line(1), line(1.5)] },
      { field: 'items.1.quantity', value: 1.5, message: 'must be a whole number' },
    ],
    ['a huge quantity', { items: [line(1001)] }, { field: 'items.0.quantity', value: 1001, limit: 1000 }],
    ['a quantity past 2^53', { items: [line(1e300)] }, { field: 'items.0.quantity', value: 1e300 }],
    ['a quantity as text', { items: [line('2')] }, { field: 'items.0.quantity', value: '2' }],
    ['no quantity', { items: [{ sku: 'MUG-AMBER' }] }, { field: 'items.0.quantity', message: 'is required' }],
    ['no sku', { items: [{ quantity: 1 }] }, { field: 'items.0.sku', message: 'is required' }],
    ['an empty sku', { items: [line(1, '')] }, { field: 'items.0.sku', value: '', limit: 1 }],
    ['a sku with a NUL', { items: [line(1, 'A\0B')] }, { field: 'items.0.sku' }],
    ['a sku with half a surrogate pair', { items: [line(1, 'A\ud800')] }, { field: 'items.0.sku' }],
    ['no items', { items: [] }, { field: 'items', value: 'array of 0', limit: 1 }],
    ['101 items', { items: lines(101) }, { field: 'items', value: 'array of 101', limit: 100 }],
    [
      'duplicate lines that sum up to too many',
      { items: [line(600), line(401)] },
      { field: 'items', message: 'must have at most 1000 of one sku; its lines of MUG-AMBER sum up to 1001' },
    ],
    ['items that are not an array', { items: 'MUG-AMBER' }, { field: 'items', value: 'MUG-AMBER' }],
    ['an unknown field', { items: [line(1)], total: 0 }, { field: 'total', value: 0 }],
    ['no object', [], { field: 'body' }],
  ])('400 for %s, naming the field, its value and the limit', async (_what, body, error) => {
    const response = await (await shop.service.as('alice')).post('/orders').send(body as object);
    expect(response.status).toBe(400);
    expect(response.type).toBe('application/problem+json');
    expect(response.body.errors).toEqual([expect.objectContaining(error)]);
    expect(response.body.detail).toContain(String(error.field));
  });

  it('400 names every wrong field of a body', async () => {
    const agent = await shop.service.as('alice');
    const response = await agent.post('/orders').send({ items: [line(0), line(1.5), line(1, '')] });
    const { errors } = response.body as { errors: FieldError[] };
    expect(errors.map(({ field }) => field)).toEqual(['items.0.quantity', 'items.1.quantity', 'items.2.sku']);
  });

  it.each([
    ['/products?limit=1000', { field: 'limit', value: '1000', limit: 100 }],
    ['/products?limit=0', { field: 'limit', value: '0', limit: 1 }],
    ['/products?limit=1e1', { field: 'limit', value: '1e1' }],
    ['/products?limit=', { field: 'limit', value: '' }],
    ['/products?limit=1&limit=2', { field: 'limit', value: 'array of 2' }],
    ['/products?cursor=nonsense', { field: 'cursor', value: 'nonsense' }],
    ['/products?cursor=WzFd', { field: 'cursor', value: 'WzFd' }],
    ['/products?cursor=', { field: 'cursor', value: '' }],
    ['/products?serach=mug', { field: 'serach', value: 'mug' }],
    ['/products?search=%00', { field: 'search' }],
    [
      '/products?search=mug&search=bag',
      { field: 'search', value: 'array of 2', message: 'must be a string' },
    ],
    ['/products/bestsellers?limit=5', { field: 'limit', value: '5', message: 'is not known here' }],
    ['/products/MUG-AMBER/availability?at=now', { field: 'at', value: 'now' }],
    ['/orders/42?fields=id&fields=status', { field: 'fields', value: 'array of 2' }],
    ['/orders/events?since', { field: 'since', value: '' }],
    ['/health?verbose=1', { field: 'verbose', value: '1' }],
    ['/health/ready?verbose=1', { field: 'verbose', value: '1' }],
    ['/orders/42', { field: 'id', value: '42', message: 'must be a UUID' }],
    [`/orders/${'x'.repeat(300)}`, { field: 'id' }],
  ])('400 for GET %s', async (path, error) => {
    const response = await (await shop.service.as('alice')).get(path);
    expect(response.status).toBe(400);
    expect(response.body.errors).toEqual([expect.objectContaining(error)]);
  });

  it('400 for a query on a route that takes none, before anything is written', async () => {
    const agent = await shop.service.as('nobody-yet');
    const response = await agent.post('/orders?dryRun=true&x=1').send({ items: [line(1)] });
    expect(response.status).toBe(400);
    expect(response.body.detail).toBe(
      'dryRun is "true": it is not known here; x is "1": it is not known here',
    );
    expect(await shop.orderCountOf('nobody-yet')).toBe(0);
  });

  it('accepts a question mark without parameters', async () => {
    await (await shop.service.as('alice')).get('/products/bestsellers?').expect(200);
  });

  it.each([
    ['empty', ''],
    ['too long', 'k'.repeat(256)],
    ['not ASCII', 'clé'],
  ])('400 for an Idempotency-Key that is %s', async (_what, key) => {
    const agent = await shop.service.as('alice');
    const response = await agent
      .post('/orders')
      .set('Idempotency-Key', key)
      .send({ items: [line(1)] });
    expect(response.status).toBe(400);
    expect(response.body.errors).toMatchObject([{ field: 'idempotency-key' }]);
  });

  it('400 for a quantity too large for a number, naming the value read', async () => {
    const agent = await shop.service.as('alice');
    const body = '{"items":[{"sku":"MUG-AMBER","quantity":1e400}]}';
    const response = await agent.post('/orders').type('json').send(body);
    expect(response.status).toBe(400);
    expect(response.body.errors).toMatchObject([{ field: 'items.0.quantity', value: 'Infinity' }]);
  });

  it.each(['{"items":[', '', '{"__proto__":{"items":[]}}', 'undefined'])(
    '400 for invalid JSON: %j',
    async (body) => {
      const agent = await shop.service.as('alice');
      const response = await agent.post('/orders').type('json').send(body);
      expect(response.status).toBe(400);
      expect(response.type).toBe('application/problem+json');
      expect(response.body.detail).toMatch(/JSON|body/i);
    },
  );

  it('400 for a missing body', async () => {
    const response = await (await shop.service.as('alice')).post('/orders');
    expect(response.status).toBe(400);
    expect(response.body.errors).toEqual([{ field: 'body', message: 'is required' }]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
    '415 for the content type %s',
    async (type) => {
      const response = await (await shop.service.as('alice')).post('/orders').type(type).send('items=1');
      expect(response.status).toBe(415);
      expect(response.body.detail).toContain('application/json');
    },
  );

  it('413 for a body over 100 kB, naming the limit', async () => {
    const agent = await shop.service.as('alice');
    const response = await agent.post('/orders').send({ items: [line(1, 'x'.repeat(100_000))] });
    expect(response.status).toBe(413);
    expect(response.body.detail).toContain('100000');
  });

  it('accepts a body just under 100 kB', async () => {
    const agent = await shop.service.as('alice');
    const response = await agent.post('/orders').send({ items: [line(1, 'x'.repeat(99_000))] });
    expect(response.status).toBe(400);
    expect(response.body.errors).toMatchObject([{ field: 'items.0.sku', limit: 64 }]);
  });

  it('414 for a path segment that is too long to be an id, naming the limit', async () => {
    const response = await (await shop.service.as('alice')).get(`/orders/${'x'.repeat(1_001)}`);
    expect(response.status).toBe(414);
    expect(response.type).toBe('application/problem+json');
    expect(response.body.detail).toBe('A part of the path must be at most 1000 characters long.');
  });

  it.each(['/', '/nowhere', '/docs/nothing'])('404 as problem details for %s', async (path) => {
    const response = await (await shop.service.as('alice')).get(path);
    expect(response.status).toBe(404);
    expect(response.type).toBe('application/problem+json');
    expect(response.body).toMatchObject({ title: 'Not Found', status: 404, instance: path });
  });

  it('400 as problem details for a path that is not a valid URL', async () => {
    const response = await (await shop.service.as('alice')).get('/orders/%zz');
    expect(response.status).toBe(400);
    expect(response.type).toBe('application/problem+json');
    expect(response.headers['x-request-id']).toBe(response.body.requestId);
  });

  it.each([
    ['400', 'NONSENSE\r\n\r\n', 400],
    ['431', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])(
    '%s as problem details for something that is not an HTTP request, and closes the connection',
    async (_what, sent, status) => {
      const { hostname, port } = new URL(shop.service.url);
      const socket = connect(Number(port), hostname).end(sent);
      const [head, body] = (await text(socket)).split('\r\n\r\n');
      expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(head).toContain('application/problem+json');
      expect(JSON.parse(body!)).toMatchObject({ status });
    },
  );

  describe('the request id', () => {
    it('is the one the client sent', async () => {
      const response = await (await shop.service.as('alice')).get('/nowhere').set('X-Request-Id', 'trace-1');
      expect(response.headers['x-request-id']).toBe('trace-1');
      expect(response.body.requestId).toBe('trace-1');
    });

    it("is a new one when the client's is not acceptable", async () => {
      const response = await (await shop.service.as('alice')).get('/products').set('X-Request-Id', 'a b"c');
      expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    });
  });
});
