import { until } from '@app/postgres-cluster';
import { type FeedEvent, type FeedMessage, readRoutingFeed } from '@app/service-kit';
import { RoutedPool } from 'db-routing';
import request from 'supertest';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { AppModule } from '../src/app.module';
import { orderService } from '../src/service';
import { OrderShop } from './order-shop';

const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET: 'a-secret-of-our-own-that-is-long-enough' };
const MAX_SUBSCRIBERS = 4;

/** A subscriber of the feed of the service with this management URL. */
class Subscriber {
  readonly messages: FeedMessage[] = [];
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor(managementUrl: string) {
    this.ended = this.#read(managementUrl);
  }

  get events(): readonly FeedEvent[] {
    return this.messages.flatMap((message) => (message.name === 'routing' ? [message.data] : []));
  }

  get last(): FeedEvent | undefined {
    return this.events.at(-1);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #read(managementUrl: string): Promise<void> {
    try {
      for await (const message of readRoutingFeed(managementUrl, this.#stop.signal))
        this.messages.push(message);
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}

describe('the routing feed of the management port', () => {
  let shop: OrderShop;
  const open: Subscriber[] = [];

  beforeAll(async () => {
    shop = await OrderShop.open();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((subscriber) => subscriber.close()));
    await until('no listener to be left', () => listeners() === 1);
  });
  afterAll(() => shop.close());

  /** The metrics are always one. */
  const listeners = () => shop.service.app.get(RoutedPool).listenerCount('statement');
  const subscribe = async (): Promise<Subscriber> => {
    const subscriber = new Subscriber(shop.service.managementUrl);
    open.push(subscriber);
    await until('the first event', () => subscriber.last !== undefined);
    return subscriber;
  };
  const total = (event: FeedEvent | undefined, kind: 'read' | 'in-transaction', node: string) =>
    event?.counts.find((counts) => counts.node === node)?.kinds[kind] ?? 0;
  const placeOrder = async () => {
    const agent = await shop.service.as('alice');
    await agent
      .post('/orders')
      .send({ items: [{ sku: 'BASKET-FERN', quantity: 1 }] })
      .expect(201);
  };

  it('tells the state of each node, with the reason, the lag and the connections', async () => {
    const { last, messages } = await subscribe();
    expect(messages[0]).toMatchObject({ name: 'hello', data: { service: 'order-service' } });
    expect(last!.primary).toBe(shop.cluster.primary.name);
    expect(last!.nodes.map(({ node, role, state }) => [node, role, state])).toEqual(
      shop.cluster.nodes.map(({ name, role }) => [name, role, 'up']),
    );
    for (const node of last!.nodes) {
      expect(node.stalenessMs).toBeLessThan(10_000);
      expect(node.reason).not.toBe('');
    }
  });

  it('counts every statement, and samples some, with their way and without their parameters', async () => {
    const subscriber = await subscribe();
    const agent = await shop.service.as('alice');
    for (let index = 0; index < 100; index++) await agent.get('/products?limit=1').expect(200);
    await placeOrder();
    const primary = shop.cluster.primary.name;
    const replicas = shop.cluster.replicas.map(({ name }) => name);
    await until('all statements to be counted', () => total(subscriber.last, 'in-transaction', primary) > 0);
    const reads = replicas.map((node) => total(subscriber.last, 'read', node));
    expect(reads[0]! + reads[1]!).toBeGreaterThanOrEqual(100);
    const samples = subscriber.events.flatMap((event) => event.samples);
    const read = samples.find(({ summary }) => summary.startsWith('SELECT products'));
    expect(read).toMatchObject({ kind: 'read', role: 'replica', reason: 'read', outcome: 'answered' });
    expect(read).toMatchObject({ level: 'session', stalenessMs: expect.any(Number) });
    expect(samples.some(({ kind, role }) => kind === 'in-transaction' && role === 'primary')).toBe(true);
    expect(JSON.stringify(subscriber.events)).not.toMatch(/alice|BASKET-FERN/);
    for (const { samples: some } of subscriber.events) {
      expect(some.filter(({ kind }) => kind === 'read').length).toBeLessThanOrEqual(6);
    }
  });

  it('listens to the pool only while it has a subscriber, and refuses one too many', async () => {
    expect(listeners()).toBe(1);
    for (let index = 0; index < MAX_SUBSCRIBERS; index++) await subscribe();
    expect(listeners()).toBe(2);
    const refused = new Subscriber(shop.service.managementUrl);
    await expect(refused.ended).rejects.toThrow('503: there are 4 subscribers, which is the limit');
    await Promise.all(open.splice(0).map((subscriber) => subscriber.close()));
    await until('the listener to go', () => listeners() === 1);
    await subscribe();
  });

  it('explains where a statement would go, and refuses what is no such question', async () => {
    const explain = () => request(shop.service.managementUrl).post('/routing/explain');
    const { body } = await explain().send({ sql: 'SELECT count(*) FROM orders' }).expect(200);
    expect(body).toMatchObject({ target: 'replica', understood: { kind: 'select' }, rule: null });
    expect(body.decision).toMatchObject({ role: 'replica', reason: 'read' });
    const write = await explain().send({ sql: 'DELETE FROM orders' }).expect(200);
    expect(write.body).toMatchObject({ target: 'primary', decision: { node: shop.cluster.primary.name } });
    await explain()
      .send({ statement: 'SELECT 1' })
      .expect(400, /Unrecognized key: "statement"/);
    await explain()
      .type('json')
      .send('{')
      .expect(400, /not JSON/);
    await explain().type('text').send('SELECT 1').expect(415);
    await explain()
      .send({ sql: 'x'.repeat(200_000) })
      .expect(413, /longer than 100000 bytes/);
    await request(shop.service.managementUrl).get('/routing/explain').expect(405).expect('allow', 'POST');
    await request(shop.service.managementUrl).post('/routing/events').expect(405).expect('allow', 'GET');
  });

  it('is off in production unless asked for', async () => {
    const production = { ...environmentFor(shop.cluster, 'order_service'), ...PRODUCTION };
    for (const [more, status] of [
      [{}, 404],
      [{ ROUTING_FEED: 'on' }, 200],
    ] as const) {
      const service = await RunningService.start(AppModule, orderService, { ...production, ...more });
      const sql = 'SELECT 1';
      await request(service.managementUrl).post('/routing/explain').send({ sql }).expect(status);
      await service.stop();
    }
  });
});
