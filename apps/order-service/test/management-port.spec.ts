import { type ClusterNode, until } from '@app/postgres-cluster';
import request from 'supertest';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { AppModule } from '../src/app.module';
import { orderService } from '../src/service';
import { OrderShop } from './order-shop';

const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: 'a-secret-of-our-own-that-is-long-enough' };

const MAX_STALENESS_MS = 3000;

describe('the management port', () => {
  let shop: OrderShop;
  let paused: ClusterNode;

  beforeAll(async () => {
    shop = await OrderShop.open({ environment: { DATABASE_MAX_STALENESS_MS: `${MAX_STALENESS_MS}` } });
    paused = shop.cluster.replicas[0]!;
  });
  afterAll(() => shop.close());

  const management = () => request(shop.service.managementUrl);
  /** The value of each sample whose name and labels match. */
  const samples = async (pattern: RegExp): Promise<number[]> => {
    const { text } = await management().get('/metrics').expect(200);
    const lines = text.split('\n').filter((line) => !line.startsWith('#') && pattern.test(line));
    return lines.map((line) => Number(line.slice(line.lastIndexOf(' '))));
  };
  const placeOrder = async () => {
    const agent = await shop.service.as('alice');
    await agent
      .post('/orders')
      .send({ items: [{ sku: 'BASKET-FERN', quantity: 1 }] })
      .expect(201);
  };

  it('serves the metrics of the process in Prometheus text format', async () => {
    const response = await management().get('/metrics').expect(200);
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    expect(response.text).toMatch(/^nodejs_eventloop_lag_seconds [\d.e-]+$/m);
  });

  it('counts requests by route template, so that ids do not become labels', async () => {
    const agent = await shop.service.as('alice');
    for (let index = 0; index < 3; index++) await agent.get(`/orders/${crypto.randomUUID()}`).expect(404);
    await agent.get('/a/path/that/nobody/serves').expect(404);
    const route = 'http_server_request_duration_seconds_count{method="GET",route=';
    await until(
      'the last answer to be counted',
      async () => (await samples(/route="none",status="404"/)).length > 0,
    );
    expect(await samples(/_count\{method="GET",route="\/orders\/:id",status="404"\}/)).toEqual([3]);
    const { text } = await management().get('/metrics');
    expect(
      text
        .split('\n')
        .filter((line) => line.startsWith(route))
        .join(),
    ).not.toMatch(/nobody|[\da-f]{8}-/);
  });

  it('counts statements by node: an order on the primary, a list of products on replicas', async () => {
    const ofPrimary = /^db_routing_statements_total\{.*role="primary",work="write"/;
    const ofReplicas = /^db_routing_statements_total\{.*role="replica",work="read".*outcome="answered"/;
    const sum = async (pattern: RegExp) =>
      (await samples(pattern)).reduce((total, value) => total + value, 0);
    const before = { primary: await sum(ofPrimary), replicas: await sum(ofReplicas) };
    await placeOrder();
    await (await shop.service.as('alice')).get('/products').expect(200);
    expect(await sum(ofPrimary)).toBeGreaterThan(before.primary);
    expect(await sum(ofReplicas)).toBe(before.replicas + 1);
  });

  it('shows the lag of a replica whose replay is paused, and no lag for a replica that is down', async () => {
    const state = (name: string) => `node_state\\{node="${paused.name}",state="${name}"\\} 1$`;
    const lag = new RegExp(`^db_routing_replication_lag_seconds\\{node="${paused.name}"`);
    await paused.pauseReplay();
    await until('the paused replica to lag', async () => {
      await placeOrder();
      return (await samples(new RegExp(state('lagging'))))[0] === 1;
    });
    const [lagSeconds] = await samples(lag);
    expect(lagSeconds).toBeGreaterThan(MAX_STALENESS_MS / 1000);
    await until('one fit replica', async () => (await samples(/^db_routing_fit_replicas /))[0] === 1);
    await paused.resumeReplay();
    await paused.kill();
    await until('the killed replica to be down', async () => {
      return (await samples(new RegExp(state('down')))).length === 1;
    });
    expect(await samples(lag)).toEqual([]);
    expect(await samples(/^db_routing_has_primary /)).toEqual([1]);
  });

  it('names the nodes, which the public port does not do in production', async () => {
    const production = await RunningService.start(AppModule, orderService, {
      ...environmentFor(shop.cluster, 'order_service'),
      ...PRODUCTION,
    });
    try {
      for (const path of ['/health', '/metrics']) {
        await request(production.url).get(path).expect(404);
      }
      for (const path of ['/health/live', '/health/ready']) {
        const { text } = await request(production.url).get(path).expect(200);
        expect(text).toMatch(/^\{"status":"(ok|degraded)"\}$/);
      }
      const { body } = await request(production.managementUrl).get('/health').expect(200);
      expect(
        Object.keys((body as { details: { database: { nodes: object } } }).details.database.nodes),
      ).toEqual(shop.cluster.nodes.map(({ name }) => name));
      await request(production.managementUrl).get('/health/ready').expect(200);
      await request(production.managementUrl).get('/health/live').expect(200, { status: 'ok' });
    } finally {
      await production.stop();
    }
    await expect(fetch(`${production.managementUrl}/health/live`)).rejects.toThrow('fetch failed');
  });

  it('serves nothing else, and only for reading', async () => {
    await management().get('/orders').expect(404);
    await management().post('/metrics').expect(405);
    await management().head('/metrics').expect(200);
  });
});
