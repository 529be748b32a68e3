import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { mintDevelopmentToken } from '@app/service-kit';
import { AppModule as HistoryModule } from '../../apps/history-service/src/app.module';
import { historyService } from '../../apps/history-service/src/service';
import { OrderShop } from '../../apps/order-service/test/order-shop';
import { environmentFor, RunningService } from '../../libs/service-kit/test/running-service';
import { examplesIn, type OpenApi, type Operation, sampleOf } from './open-api';

describe('the OpenAPI documents', () => {
  let shop: OrderShop;
  let history: RunningService;
  let authorization: string;

  beforeAll(async () => {
    shop = await OrderShop.open({ replicas: 0 });
    history = await RunningService.start(HistoryModule, historyService, {
      ...environmentFor(shop.cluster, 'history_service'),
      ORDER_SERVICE_URL: shop.service.url,
    });
    authorization = `Bearer ${await mintDevelopmentToken('alice', {})}`;
  });
  afterAll(async () => {
    await history.stop();
    await shop.close();
  });

  const urls = () => [shop.service.url, history.url];
  const documentOf = async (url: string) =>
    (await (await fetch(`${url}/docs/openapi.json`)).json()) as OpenApi;
  const operations = async () => {
    const all: { url: string; path: string; method: string; operation: Operation }[] = [];
    for (const url of urls()) {
      for (const [path, methods] of Object.entries((await documentOf(url)).paths)) {
        for (const [method, operation] of Object.entries(methods)) all.push({ url, path, method, operation });
      }
    }
    return all;
  };

  it('have examples that satisfy their schemas', async () => {
    // OpenAPI's own keywords are not known to JSON Schema.
    const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
    for (const url of urls()) {
      const examples = [...examplesIn(await documentOf(url))];
      expect(examples.length).toBeGreaterThan(10);
      for (const { at, schema, example } of examples) {
        const isValid = ajv.compile(schema)(example);
        expect({ at, example, isValid }).toEqual({ at, example, isValid: true });
      }
    }
  });

  it('have examples with which every GET route answers, for alice', async () => {
    const asked: string[] = [];
    for (const { url, path, operation } of (await operations()).filter(({ method }) => method === 'get')) {
      const required = (operation.parameters ?? []).filter(({ required }) => required);
      const filled = required.reduce(
        (text, { name, schema }) => text.replace(`{${name}}`, String(schema.example)),
        path,
      );
      const stopping = new AbortController();
      const response = await fetch(`${url}${filled}`, {
        headers: { authorization },
        signal: stopping.signal,
      });
      expect({ filled, status: response.status }).toEqual({ filled, status: 200 });
      const [type] = Object.keys(operation.responses['200']?.content ?? { 'application/json': {} });
      expect(response.headers.get('content-type')).toMatch(type!);
      asked.push(filled);
      stopping.abort();
    }
    expect(asked.length).toBeGreaterThan(10);
  });

  it('have examples of bodies with which an order is placed and cancelled', async () => {
    const { paths } = await documentOf(shop.service.url);
    const body = sampleOf(paths['/orders']!.post!.requestBody!.content['application/json']!.schema);
    const response = await fetch(`${shop.service.url}/orders`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    const example = paths['/orders/{id}/cancel']!.post!.parameters![0]!.schema.example as string;
    const cancelled = await fetch(`${shop.service.url}/orders/${example}/cancel`, {
      method: 'POST',
      headers: { authorization },
    });
    expect(cancelled.status).toBe(200);
  });

  it('describe the headers of a session and when to try again, wherever a token is asked for', async () => {
    const secured = (await operations()).filter(({ operation }) => operation.security !== undefined);
    expect(secured.length).toBeGreaterThan(9);
    for (const { operation, method } of secured) {
      expect(operation.parameters).toContainEqual(
        expect.objectContaining({ name: 'consistency-token', in: 'header', required: false }),
      );
      const success = operation.responses['200'] ?? operation.responses['201'];
      expect(Object.keys(success?.headers ?? {})).toEqual(
        expect.arrayContaining(['consistency-token', 'x-db-route']),
      );
      for (const status of ['429', '503']) {
        expect(operation.responses[status]).toMatchObject({
          headers: { 'Retry-After': { schema: { type: 'integer' } } },
          content: { 'application/problem+json': {} },
        });
      }
      expect(method).toMatch(/^(get|post)$/);
    }
  });

  it('describe Location and Idempotency-Key where an order is placed', async () => {
    const { post } = (await documentOf(shop.service.url)).paths['/orders']!;
    expect(Object.keys(post!.responses['201']!.headers!)).toContain('Location');
    expect(post!.parameters).toContainEqual(
      expect.objectContaining({
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        schema: expect.objectContaining({ minLength: 1, maxLength: 255 }),
      }),
    );
  });

  it('describe the events of a stream', async () => {
    const { get } = (await documentOf(shop.service.url)).paths['/orders/events']!;
    const { schema } = get!.responses['200']!.content!['text/event-stream']!;
    expect(schema.items?.properties).toMatchObject({
      event: { enum: ['order'] },
      data: { properties: { orderId: {}, status: {}, consistencyToken: {} } },
    });
  });
});
