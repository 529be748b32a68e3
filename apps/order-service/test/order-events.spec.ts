import { until } from '@app/postgres-cluster';
import { mintDevelopmentToken } from '@app/service-kit';
import { Client } from 'pg';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { migratorUrl } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import type { OrderView } from '../src/orders/orders.schemas';
import { orderService } from '../src/service';
import { EventStream } from './event-stream';
import { OrderShop } from './order-shop';

describe('the events of orders', () => {
  let shop: OrderShop;
  let second: RunningService;
  const streams: EventStream[] = [];

  beforeAll(async () => {
    shop = await OrderShop.open();
    second = await RunningService.start(
      AppModule,
      orderService,
      environmentFor(shop.cluster, 'order_service'),
    );
  });
  afterEach(() => {
    for (const stream of streams.splice(0)) stream.close();
  });
  afterAll(async () => {
    await second.stop();
    await shop.close();
  });

  const authorizationOf = async (customer: string) => `Bearer ${await mintDevelopmentToken(customer, {})}`;
  const open = async (customer: string, url: string, lastEventId?: string) => {
    const stream = await EventStream.open(url, {
      authorization: await authorizationOf(customer),
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    });
    streams.push(stream);
    return stream;
  };
  const place = async (customer: string, service = shop.service) => {
    const agent = await service.as(customer);
    const answer = await agent.post('/orders').send({ items: [{ sku: 'MUG-AMBER', quantity: 1 }] });
    expect(answer.status).toBe(201);
    return (answer.body as OrderView).id;
  };
  const untilTold = (stream: EventStream, count: number) =>
    until(`${count} events to arrive`, () => stream.received.length >= count, { timeoutMs: 10_000 });

  it('reach the customer at each instance, whichever instance wrote them, and no other customer', async () => {
    const here = await open('eve', shop.service.url);
    const there = await open('eve', second.url);
    const other = await open('mallory', second.url);
    const first = await place('eve');
    const next = await place('eve', second);
    await (await shop.service.as('eve')).post(`/orders/${first}/cancel`).expect(200);
    const told = [`${first} placed`, `${next} placed`, `${first} cancelled`];
    for (const stream of [here, there]) {
      await untilTold(stream, 3);
      expect(stream.statuses).toEqual(told);
    }
    await place('mallory');
    await untilTold(other, 1);
    expect(other.received).toHaveLength(1);
  });

  it('carry a token that shows the change to any read', async () => {
    const stream = await open('ted', second.url);
    const id = await place('ted');
    await untilTold(stream, 1);
    const { consistencyToken } = stream.received[0]!.data;
    await Promise.all(shop.cluster.replicas.map((replica) => replica.pauseReplay()));
    const late = await place('ted');
    await untilTold(stream, 2);
    const agent = await second.as('ted');
    await agent.get(`/orders/${id}`).set('Consistency-Token', consistencyToken!).expect(200);
    await agent
      .get(`/orders/${late}`)
      .set('Consistency-Token', stream.received[1]!.data.consistencyToken!)
      .expect(200);
    await Promise.all(shop.cluster.replicas.map((replica) => replica.resumeReplay()));
  });

  it('of many orders are announced together, at most once every 50 ms', async () => {
    const listener = new Client({ connectionString: migratorUrl(shop.cluster) });
    await listener.connect();
    const announced: string[] = [];
    listener.on('notification', ({ payload = '' }) => announced.push(payload));
    await listener.query('LISTEN order_events');
    const stream = await open('una', second.url);
    const startedAtMs = performance.now();
    for (let order = 0; order < 40; order++) await place('una');
    await untilTold(stream, 40);
    const tookMs = performance.now() - startedAtMs;
    await listener.end();
    const messages = announced.filter((customer) => customer === 'una').length;
    expect(messages).toBeGreaterThan(0);
    expect(messages).toBeLessThanOrEqual(tookMs / 50 + 2);
  });

  it('that were missed are told when the stream resumes, each once', async () => {
    const before = await open('ann', shop.service.url);
    const first = await place('ann');
    await untilTold(before, 1);
    before.close();
    const missed = [await place('ann'), await place('ann', second)];
    const after = await open('ann', second.url, before.received[0]!.id);
    const last = await place('ann');
    await untilTold(after, 3);
    expect(before.statuses).toEqual([`${first} placed`]);
    expect(after.statuses).toEqual([...missed, last].map((id) => `${id} placed`));
  });

  it('are told when their transaction commits after one that began later', async () => {
    const slow = new Client({ connectionString: migratorUrl(shop.cluster) });
    await slow.connect();
    const earlier = await place('zoe');
    const stream = await open('zoe', shop.service.url);
    await slow.query('BEGIN');
    await slow.query(`INSERT INTO order_events (order_id, status, at) VALUES ($1, 'shipped', now())`, [
      earlier,
    ]);
    const later = await place('zoe');
    await untilTold(stream, 1);
    stream.close();
    await slow.query('COMMIT');
    await slow.end();
    const resumed = await open('zoe', second.url, stream.received[0]!.id);
    await untilTold(resumed, 1);
    expect([...stream.statuses, ...resumed.statuses]).toEqual([`${later} placed`, `${earlier} shipped`]);
  });

  it.each(['is killed', 'is frozen'])('are told by the new primary when the old one %s', async (how) => {
    const stream = await open('flo', second.url);
    await place('flo');
    await untilTold(stream, 1);
    await shop.cluster.waitForReplication();
    const old = shop.cluster.primary;
    const [next, other] = shop.cluster.replicas.filter(({ isRunning }) => isRunning);
    if (how === 'is killed') await old.kill();
    else old.freeze();
    await next!.promote();
    await other?.follow(next!);
    await until('writes to be possible', async () => {
      const agent = await shop.service.as('flo');
      const answer = await agent.post('/orders').send({ items: [{ sku: 'MUG-AMBER', quantity: 1 }] });
      return answer.status === 201;
    });
    await untilTold(stream, 2);
  });

  it('are refused to a client that names no event, or has too many streams', async () => {
    const authorization = await authorizationOf('max');
    const answer = await fetch(`${second.url}/orders/events`, {
      headers: { authorization, 'last-event-id': 'yesterday' },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      errors: [
        { field: 'last-event-id', value: 'yesterday', message: 'must be the id of an event of this stream' },
      ],
    });
    for (let n = 0; n < 10; n++) await open('max', second.url);
    await expect(open('max', second.url)).rejects.toThrow(/429.*You have 10 open streams; the limit is 10/);
  });
});
