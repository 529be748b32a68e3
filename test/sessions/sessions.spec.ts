import { consistentFetch, ConsistencyTokens, walPosition } from 'db-routing';
import type { PostgresCluster } from '@app/postgres-cluster';
import { loadServiceConfig, mintDevelopmentToken } from '@app/service-kit';
import { AppModule as HistoryModule } from '../../apps/history-service/src/app.module';
import { historyService } from '../../apps/history-service/src/service';
import { environmentFor, RunningService } from '../../libs/service-kit/test/running-service';
import { OrderShop } from '../../apps/order-service/test/order-shop';
import { orderService } from '../../apps/order-service/src/service';

const BODY = JSON.stringify({ items: [{ sku: 'BAG-AMBER', quantity: 1 }] });

interface Placed {
  id: string;
}

describe('a customer’s session over both services', () => {
  let shop: OrderShop;
  let cluster: PostgresCluster;
  let history: RunningService;
  let authorization: string;

  beforeAll(async () => {
    shop = await OrderShop.open({
      settings: { shared_preload_libraries: 'pg_stat_statements' },
      environment: { DATABASE_MAX_STALENESS_MS: '60000', CONSISTENCY_COOKIE: 'on' },
    });
    cluster = shop.cluster;
    history = await RunningService.start(HistoryModule, historyService, {
      ...environmentFor(cluster, 'history_service'),
      DATABASE_MAX_STALENESS_MS: '60000',
      ORDER_SERVICE_URL: shop.service.url,
    });
    authorization = `Bearer ${await mintDevelopmentToken('alice', {})}`;
    await shop.setStock('BAG-AMBER', 1000);
  });

  afterAll(async () => {
    await history.stop();
    await shop.close();
  });

  beforeEach(async () => {
    await cluster.waitForReplication();
    await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  });
  afterEach(async () => {
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
  });

  const place = async (
    headers: Record<string, string> = {},
  ): Promise<{ order: Placed; response: Response }> => {
    const response = await fetch(`${shop.service.url}/orders`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: BODY,
    });
    expect(response.status).toBe(201);
    return { order: (await response.json()) as Placed, response };
  };
  const newest = async (headers: Record<string, string>): Promise<string | undefined> => {
    const response = await fetch(`${history.url}/history?limit=1`, {
      headers: { authorization, ...headers },
    });
    expect(response.status).toBe(200);
    return ((await response.json()) as { items: Placed[] }).items[0]?.id;
  };
  const tokenOf = (response: Response): string => response.headers.get('consistency-token') ?? '';

  it('is carried from one service to the other: the latest order has its items, which no replica has yet', async () => {
    const { order, response } = await place();
    const latest = await fetch(`${history.url}/history/latest`, {
      headers: { authorization, 'consistency-token': tokenOf(response) },
    });
    expect(latest.status).toBe(200);
    expect(await latest.json()).toMatchObject({
      id: order.id,
      status: 'placed',
      items: [{ sku: 'BAG-AMBER', quantity: 1 }],
    });
  });

  it('shows an order in the history to a request with the token, while no replica has the order', async () => {
    const { order, response } = await place();
    expect(Buffer.byteLength(tokenOf(response))).toBeLessThanOrEqual(128);
    expect(await newest({})).not.toBe(order.id);
    expect(await newest({ 'consistency-token': tokenOf(response) })).toBe(order.id);
  });

  it('answers every read with a token that shows the same again', async () => {
    const { order, response } = await place();
    const read = await fetch(`${history.url}/history?limit=1`, {
      headers: { authorization, 'consistency-token': tokenOf(response) },
    });
    expect(tokenOf(read)).toMatch(/^derived\./);
    expect(await newest({ 'consistency-token': tokenOf(read) })).toBe(order.id);
  });

  it('is carried by a browser cookie that scripts cannot read', async () => {
    const { order, response } = await place();
    const cookie = response.headers.getSetCookie().find((text) => text.startsWith('consistency_token='));
    expect(cookie).toMatch(/; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/);
    const details = await fetch(`${shop.service.url}/orders/${order.id}`, {
      headers: { authorization, cookie: cookie?.split(';')[0] ?? '' },
    });
    expect(details.status).toBe(200);
    // An invalid cookie must not make the request fail.
    const forged = await fetch(`${shop.service.url}/products`, {
      headers: { authorization, cookie: 'consistency_token=derived.forged' },
    });
    expect(forged.status).toBe(200);
  });

  it('is carried by consistentFetch, even for concurrent requests', async () => {
    const asAlice = consistentFetch();
    const orders = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const response = await asAlice(`${shop.service.url}/orders`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json' },
          body: BODY,
        });
        return ((await response.json()) as Placed).id;
      }),
    );
    const response = await asAlice(`${history.url}/history?limit=10`, { headers: { authorization } });
    const ids = ((await response.json()) as { items: Placed[] }).items.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(orders));
  });

  it('reaches a consumer in another process with the event about the order', async () => {
    const abort = new AbortController();
    const stream = await fetch(`${shop.service.url}/orders/events`, {
      headers: { authorization },
      signal: abort.signal,
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const { order } = await place();
    let text = '';
    while (!text.includes('\n\n')) text += (await reader.read()).value ?? '';
    abort.abort();
    const event = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}') as Record<string, string>;
    expect(event).toMatchObject({ orderId: order.id, status: 'placed' });
    expect(await newest({})).not.toBe(order.id);
    expect(await newest({ 'consistency-token': event['consistencyToken'] ?? '' })).toBe(order.id);
  });

  it('from another customer or key, or not a token at all, is refused before anything is done', async () => {
    const { response } = await place();
    const bob = `Bearer ${await mintDevelopmentToken('bob', {})}`;
    const stranger = new ConsistencyTokens({ keys: [{ id: 'derived', secret: 'x'.repeat(32) }] });
    const forged = stranger.sign(walPosition('1', 1, 1n), 'alice');
    for (const [token, who, objection] of [
      [tokenOf(response), bob, 'foreign'],
      [forged, authorization, 'forged'],
      ['nonsense', authorization, 'malformed'],
      [Array(17).fill(tokenOf(response)).join(','), authorization, 'malformed'],
    ] as const) {
      const refused = await fetch(`${history.url}/history`, {
        headers: { authorization: who, 'consistency-token': token },
      });
      expect(refused.status).toBe(400);
      expect(refused.headers.get('content-type')).toMatch('application/problem+json');
      expect(await refused.json()).toMatchObject({
        type: 'urn:problem:consistency-token',
        errors: [{ field: 'consistency-token', message: `is ${objection}` }],
      });
    }
  });

  it('ahead of the primary is refused, after asking the primary', async () => {
    const { sessions } = loadServiceConfig(orderService, environmentFor(cluster, 'order_service'));
    const tokens = new ConsistencyTokens({ keys: sessions.tokenKeys });
    const { rows } = await cluster.primary.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    const systemId = rows[0]?.id ?? '';
    for (const position of [walPosition(systemId, 1, 1n << 60n), walPosition(systemId, 99, 1n)]) {
      const refused = await fetch(`${history.url}/history`, {
        headers: { authorization, 'consistency-token': tokens.sign(position, 'alice') },
      });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        errors: [{ message: expect.stringMatching(/^is ahead/) }],
      });
    }
  });

  it('forged a thousand times causes no load on the primary', async () => {
    const calls = async (): Promise<number> => {
      const { rows } = await cluster.primary.query<{ n: number }>(
        `SELECT coalesce(sum(calls), 0)::int AS n FROM pg_stat_statements AS s JOIN pg_roles AS r ON r.oid = s.userid
          WHERE r.rolname IN ('order_service', 'history_service')
            -- Once a minute the services read what functions and tables there are.
            AND query NOT LIKE '%pg_proc%'`,
      );
      return rows[0]?.n ?? 0;
    };
    await cluster.primary.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await place();
    expect(await calls()).toBeGreaterThan(0);
    const before = await calls();
    const stranger = new ConsistencyTokens({ keys: [{ id: 'derived', secret: 'x'.repeat(32) }] });
    for (let n = 0; n < 1000; n += 50) {
      await Promise.all(
        Array.from({ length: 50 }, async (_, index) => {
          const token = stranger.sign(walPosition('1', 1, BigInt(n + index)), 'alice');
          const { status } = await fetch(`${history.url}/history`, {
            headers: { authorization, 'consistency-token': token },
          });
          expect(status).toBe(400);
        }),
      );
    }
    expect((await calls()) - before).toBe(0);
  });
});
