import { type ClusterNode, until } from '@app/postgres-cluster';
import { mintDevelopmentToken } from '@app/service-kit';
import request from 'supertest';
import { ServiceLifecycle } from '../../../libs/service-kit/src/boot/service-lifecycle';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { AppModule } from '../src/app.module';
import type { OrderView } from '../src/orders/orders.schemas';
import { orderService } from '../src/service';
import { OrderShop } from './order-shop';

interface Health {
  status: string;
  details: {
    database: {
      status: string;
      nodes: Record<string, { status: string; role: string; state: string; reason: string }>;
    };
  };
}

describe('routing of statements, and health', () => {
  let shop: OrderShop;

  beforeAll(async () => {
    shop = await OrderShop.open({ environment: { DATABASE_MAX_STALENESS_MS: '3000' } });
    await until('all nodes to be up', async () => (await health()).body.status === 'ok');
  });
  afterAll(() => shop.close());

  /** Node, role and reason of each statement of a response, in order of execution. */
  const routeOf = ({ headers }: { headers: Record<string, string | undefined> }) =>
    (headers['x-db-route'] ?? '').split(',').map((step) => {
      const [, node, role] =
        /^node=([^;]+);role=(primary|replica);reason=[\w-]+;staleness=\d+$/.exec(step) ?? [];
      return { node, role };
    });
  const placeOrder = async () => {
    const agent = await shop.service.as('alice');
    const response = await agent
      .post('/orders')
      .set('Idempotency-Key', crypto.randomUUID())
      .send({
        items: [{ sku: 'BASKET-FERN', quantity: 1 }],
      });
    expect(response.status).toBe(201);
    return response;
  };
  const health = async (path = '/health') => {
    const response = await (await shop.service.as()).get(path);
    return { httpStatus: response.status, body: response.body as Health };
  };
  const stateOf = async (node: ClusterNode) => (await health()).body.details.database.nodes[node.name];
  /** The nodes that served `count` reads of one order. */
  const servedBy = async (id: string, count = 40) => {
    const agent = await shop.service.as('alice');
    const nodes = new Set<string | undefined>();
    for (let index = 0; index < count; index++) {
      const response = await agent.get(`/orders/${id}`);
      expect(response.status).toBe(200);
      for (const { node } of routeOf(response)) nodes.add(node);
    }
    return nodes;
  };

  it('places an order on the primary only', async () => {
    const route = routeOf(await placeOrder());
    expect(new Set(route.map(({ node, role }) => `${role} ${node}`))).toEqual(
      new Set([`primary ${shop.cluster.primary.name}`]),
    );
  });

  it('reads an order with one statement, on a replica; both replicas serve', async () => {
    const { id } = (await placeOrder()).body as OrderView;
    await shop.cluster.waitForReplication();
    const response = await (await shop.service.as('alice')).get(`/orders/${id}`);
    expect(routeOf(response)).toEqual([{ node: expect.any(String), role: 'replica' }]);
    expect(await servedBy(id)).toEqual(new Set(shop.cluster.replicas.map(({ name }) => name)));
  });

  it('asks the primary how many pieces are left, and a replica what sells best', async () => {
    const agent = await shop.service.as('alice');
    const left = await agent.get('/products/HAT-JADE/availability');
    expect(left.headers['x-db-route']).toMatch(/^node=[^;,]+;role=primary;reason=strong;staleness=0$/);
    const best = await agent.get('/products/bestsellers');
    expect(best.headers['x-db-route']).toMatch(/^node=[^;,]+;role=replica;reason=read;staleness=\d+$/);
  });

  it('reports every node and the status ok', async () => {
    const { httpStatus, body } = await health();
    expect(httpStatus).toBe(200);
    const { nodes } = body.details.database;
    expect(Object.keys(nodes).sort()).toEqual(shop.cluster.nodes.map(({ name }) => name).sort());
    for (const node of shop.cluster.nodes) {
      expect(nodes[node.name]).toMatchObject({
        status: 'up',
        role: node === shop.cluster.primary ? 'primary' : 'replica',
        stalenessMs: expect.any(Number),
        lagBytes: expect.any(Number),
        reason: expect.any(String),
      });
    }
  });

  it('reports publicly that it is alive and ready', async () => {
    expect(await health('/health/live')).toMatchObject({ httpStatus: 200, body: { status: 'ok' } });
    expect(await health('/health/ready')).toMatchObject({ httpStatus: 200, body: { status: 'ok' } });
  });

  it('stops routing to a replica whose replay is paused, reports it, stays ready, and later uses it again', async () => {
    const { id } = (await placeOrder()).body as OrderView;
    await shop.cluster.waitForReplication();
    const [paused, other] = shop.cluster.replicas as [ClusterNode, ClusterNode];
    await paused.pauseReplay();
    try {
      await until('the paused replica to be down', async () => {
        await placeOrder();
        return (await stateOf(paused))?.status === 'down';
      });
      expect(await health()).toMatchObject({
        httpStatus: 200,
        body: { status: 'degraded', details: { database: { status: 'degraded' } } },
      });
      expect((await stateOf(paused))?.reason).toMatch(/\S/);
      expect(await health('/health/ready')).toMatchObject({ httpStatus: 200, body: { status: 'degraded' } });
      expect(await servedBy(id)).toEqual(new Set([other.name]));
    } finally {
      await paused.resumeReplay();
    }
    await until('the replica to be back', async () => (await health()).body.status === 'ok');
    // The pool gives it few reads at first, because its caches are cold.
    await until('both to serve again', async () => (await servedBy(id)).size === 2);
  });

  it('without a primary: is not ready, answers writes with 503 and Retry-After, keeps reading, and recovers', async () => {
    const { id } = (await placeOrder()).body as OrderView;
    await shop.cluster.waitForReplication();
    await shop.cluster.primary.kill();
    try {
      await until(
        'the service to be unready',
        async () => (await health('/health/ready')).httpStatus === 503,
      );
      expect(await health()).toMatchObject({
        httpStatus: 503,
        body: { status: 'error', details: { database: { status: 'down' } } },
      });
      expect(await health('/health/live')).toMatchObject({ httpStatus: 200 });
      const agent = await shop.service.as('alice');
      const refused = await agent.post('/orders').send({ items: [{ sku: 'BASKET-FERN', quantity: 1 }] });
      expect(refused.status).toBe(503);
      expect(refused.type).toBe('application/problem+json');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(refused.text).not.toMatch(/127\.0\.0\.1|primary/);
      expect((await servedBy(id, 10)).has(shop.cluster.primary.name)).toBe(false);
    } finally {
      await shop.cluster.primary.start();
    }
    await until('the service to be ready', async () => (await health('/health/ready')).httpStatus === 200);
    await until('an order to be placed', () => placeOrder());
  });

  it('does not reveal in production where statements went', async () => {
    const secret = 'a-secret-of-our-own-that-is-long-enough';
    const production = await RunningService.start(AppModule, orderService, {
      ...environmentFor(shop.cluster, 'order_service'),
      NODE_ENV: 'production',
      JWT_SECRET: secret,
    });
    const token = await mintDevelopmentToken('alice', { JWT_SECRET: secret });
    const response = await request(production.url).get('/products').auth(token, { type: 'bearer' });
    await production.stop();
    expect(response.status).toBe(200);
    expect(response.headers).not.toHaveProperty('x-db-route');
  });

  it('is not ready while draining, and closes each connection after its response', async () => {
    shop.service.app.get(ServiceLifecycle).beginDrain();
    const response = await (await shop.service.as()).get('/health/ready').set('Connection', 'keep-alive');
    expect(response.status).toBe(503);
    expect(response.body).toEqual({ status: 'shutting_down' });
    expect(response.headers.connection).toBe('close');
    expect(await health('/health/live')).toMatchObject({ httpStatus: 200 });
  });
});
