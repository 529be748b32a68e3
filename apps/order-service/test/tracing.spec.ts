import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type PostgresCluster, until } from '@app/postgres-cluster';
import { mintDevelopmentToken } from '@app/service-kit';
import request from 'supertest';
import { OtlpReceiver, type ReceivedSpan } from '../../../libs/service-kit/test/otlp-receiver';
import { environmentFor } from '../../../libs/service-kit/test/running-service';
import { SpawnedProcess } from '../../../libs/service-kit/test/spawned-process';
import { startShop } from '../../../libs/shop-database/test/shop';

const LOADED_MODULES = join(__dirname, '../../../libs/service-kit/test/support/loaded-modules.cjs');

describe('tracing', () => {
  let cluster: PostgresCluster;
  let receiver: OtlpReceiver;
  /** The URL of a service that sends its spans to the receiver. */
  let url: string;
  const spawned: SpawnedProcess[] = [];

  beforeAll(async () => {
    cluster = await startShop({ replicas: 1 });
    await cluster.waitForReplication();
    receiver = await OtlpReceiver.start();
    ({ url } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }));
  });
  afterAll(async () => {
    await Promise.all(spawned.map((process) => process.kill()));
    await receiver.stop();
    await cluster.stop();
  });

  const start = async (environment: Record<string, string>) => {
    const process = SpawnedProcess.start('apps/order-service/src/main.ts', {
      environment: {
        ...environmentFor(cluster, 'order_service'),
        ORDER_PORT: '0',
        ORDER_MANAGEMENT_PORT: '0',
        DRAIN_DELAY_MS: '0',
        NODE_OPTIONS: `--require ${LOADED_MODULES}`,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        ...environment,
      },
    });
    spawned.push(process);
    await process.says('listening on');
    return { process, url: /listening on (http:\/\/[\d.]+:\d+)/.exec(process.stdout)![1]! };
  };
  const stop = async (process: SpawnedProcess) => {
    process.child.kill('SIGTERM');
    expect(await process.exit()).toBe(0);
    const loaded = process.log().find((line) => 'packages' in line)!.packages as string[];
    return loaded.filter((name) => name.startsWith('@opentelemetry/'));
  };
  const newTrace = () => {
    const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
    return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
  };
  /** The trace's server span and its statement spans, once the receiver has them. */
  const received = async (traceId: string) => {
    await until('the server span of the trace', () =>
      receiver.ofTrace(traceId).some(({ kind }) => kind === 'server'),
    );
    const spans = receiver.ofTrace(traceId);
    const server = spans.find(({ kind }) => kind === 'server')!;
    return { server, statements: spans.filter(({ kind }) => kind === 'client') };
  };
  const role = ({ attributes }: ReceivedSpan) => attributes['db.routing.role'];
  const placeOrder = async (url: string, traceparent: string, body: object) =>
    request(url)
      .post('/orders')
      .auth(await mintDevelopmentToken('alice', {}), { type: 'bearer' })
      .set('traceparent', traceparent)
      .set('x-request-id', 'walk-1')
      .send(body);

  it("adds the request and each of its statements to the caller's trace", async () => {
    const { traceId, spanId, traceparent } = newTrace();
    const items = [{ sku: 'TEAPOT-BIRCH', quantity: 1 }];
    expect((await placeOrder(url, traceparent, { items })).status).toBe(201);

    const { server, statements } = await received(traceId);
    expect(receiver.paths).toEqual(new Set(['application/x-protobuf /v1/traces']));
    expect(server).toMatchObject({
      service: 'order-service',
      parentSpanId: spanId,
      name: 'POST /orders',
      isError: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/orders',
        'http.response.status_code': 201,
        'url.path': '/orders',
        'http.request.header.x-request-id': ['walk-1'],
      },
    });
    expect(statements).not.toEqual([]);
    for (const statement of statements) {
      expect(statement).toMatchObject({
        parentSpanId: server.spanId,
        isError: false,
        attributes: {
          'db.system.name': 'postgresql',
          'db.namespace': 'shop',
          'server.address': '127.0.0.1',
          'server.port': cluster.primary.port,
          'db.routing.node': cluster.primary.name,
          'db.routing.role': 'primary',
          'db.routing.outcome': 'answered',
        },
      });
      expect(statement.durationMs).toBeLessThanOrEqual(server.durationMs);
    }
    const named = statements.map(({ name, attributes }) => ({
      name,
      summary: attributes['db.query.summary'],
      operation: attributes['db.operation.name'],
      collection: attributes['db.collection.name'],
    }));
    const statement = (operation: string, collection: string) => {
      const summary = `${operation} ${collection}`;
      return { name: summary, summary, operation, collection };
    };
    expect(named).toEqual(
      expect.arrayContaining([
        statement('SELECT', 'products'),
        statement('INSERT', 'orders'),
        statement('INSERT', 'order_items'),
        statement('UPDATE', 'products'),
        { name: 'COMMIT', summary: 'COMMIT', operation: 'COMMIT', collection: undefined },
      ]),
    );
    const texts = statements.map(({ attributes }) => String(attributes['db.query.text']));
    expect(texts.join()).toMatch(/insert into "orders"/);
    expect(texts.join()).not.toMatch(/TEAPOT|alice/i);
  });

  it('distinguishes reads on a replica from reads on the primary, and failed requests from successful ones', async () => {
    const token = await mintDevelopmentToken('alice', {});
    const read = newTrace();
    await request(url)
      .get(`/orders/${crypto.randomUUID()}`)
      .auth(token, { type: 'bearer' })
      .set('traceparent', read.traceparent)
      .expect(404);
    const { server, statements } = await received(read.traceId);
    expect(server).toMatchObject({ name: 'GET /orders/:id', isError: false });
    expect(statements.map(role)).toEqual(['replica']);
    expect(statements[0]).toMatchObject({
      name: expect.stringMatching(/^SELECT .*\borders\b/),
      attributes: { 'db.operation.name': 'SELECT', 'db.routing.reason': 'read' },
    });
    // It names several tables.
    expect(statements[0]!.attributes).not.toHaveProperty('db.collection.name');

    await cluster.primary.query('ALTER TABLE products RENAME TO moved');
    try {
      const failing = newTrace();
      const items = [{ sku: 'TEAPOT-BIRCH', quantity: 1 }];
      expect((await placeOrder(url, failing.traceparent, { items })).status).toBe(500);
      const failed = await received(failing.traceId);
      expect(failed.server).toMatchObject({ isError: true, attributes: { 'error.type': '500' } });
      expect(failed.statements.filter(({ isError }) => isError)).toMatchObject([
        { attributes: { 'error.type': '42P01', 'db.response.status_code': '42P01' } },
      ]);
    } finally {
      await cluster.primary.query('ALTER TABLE moved RENAME TO products');
    }
  });

  it('sends remaining spans when it ends, and never a probe', async () => {
    const { process, url: other } = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
      OTEL_BSP_SCHEDULE_DELAY: '60000',
      OTEL_SERVICE_NAME: 'orders-of-a-test',
    });
    const { traceId, traceparent } = newTrace();
    await request(other).get('/health/ready').set('traceparent', traceparent).expect(200);
    await request(other).get('/nowhere').set('traceparent', traceparent).expect(404);
    expect(receiver.ofTrace(traceId)).toEqual([]);
    expect(await stop(process)).toContain('@opentelemetry/sdk-trace-node');
    expect(receiver.ofTrace(traceId)).toMatchObject([{ name: 'GET', service: 'orders-of-a-test' }]);
  });

  it('ends in time and says why spans are missing when the collector does not accept them', async () => {
    const { process, url: other } = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    await request(other).get('/nowhere').expect(404);
    const startedAtMs = performance.now();
    await stop(process);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    expect(process.log()).toContainEqual(expect.objectContaining({ level: 'warn', context: 'Tracing' }));
  });

  it('loads no SDK and sends nothing when tracing is off', async () => {
    const { process, url: other } = await start({ OTEL_SERVICE_NAME: 'orders' });
    const before = receiver.spans.length;
    await request(other).get('/nowhere').expect(404);
    // prom-client brings the API package, which does nothing by itself.
    expect(await stop(process)).toEqual(['@opentelemetry/api']);
    expect(receiver.spans).toHaveLength(before);
  });
});
