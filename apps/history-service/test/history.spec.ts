import { type PostgresCluster, until } from '@app/postgres-cluster';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { plansOf } from '../../../libs/shop-database/test/plans';
import { queryAs, startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { HistoryQueries } from '../src/history/history.queries';
import type { HistoryEntry, HistorySummary, Statement } from '../src/history/history.schemas';
import { historyService } from '../src/service';

describe('the order history', () => {
  let cluster: PostgresCluster;
  let service: RunningService;

  beforeAll(async () => {
    cluster = await startShop();
    service = await RunningService.start(
      AppModule,
      historyService,
      // Nothing listens on this port.
      { ...environmentFor(cluster, 'history_service'), ORDER_SERVICE_URL: 'http://127.0.0.1:9' },
    );
  });
  afterAll(async () => {
    await service.stop();
    await cluster.stop();
  });

  const page = async (query = '', customer = 'alice') => {
    const response = await (await service.as(customer)).get(`/history${query}`);
    expect(response.status).toBe(200);
    return response.body as { items: HistoryEntry[]; nextCursor: string | null };
  };
  const everything = async (query: string): Promise<HistoryEntry[]> => {
    const entries: HistoryEntry[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor } = await page(`?limit=90${query}${cursor && `&cursor=${cursor}`}`);
      entries.push(...items);
      cursor = nextCursor;
    }
    return entries;
  };
  const cursorAt = (time: string) =>
    `?cursor=${Buffer.from(JSON.stringify([time, '01a2020b-fe3a-73fe-a4c1-e7ed564c2afa'])).toString('base64url')}`;
  const expectedIds = async (condition: string) => {
    const sql = `SELECT id FROM orders WHERE customer_id = 'alice' AND ${condition} ORDER BY created_at DESC, id DESC`;
    return (await queryAs<{ id: string }>(cluster, 'migrator', sql)).map(({ id }) => id);
  };

  it('states a month as of one moment, from one replica', async () => {
    const response = await (await service.as('alice')).get('/history/statements/2026-03');
    expect(response.status).toBe(200);
    const inMonth = `created_at >= '2026-03-01Z' AND created_at < '2026-04-01Z'`;
    const { month, orderCount, spentCents, orders } = response.body as Statement;
    expect(orders.map(({ id }) => id)).toEqual(await expectedIds(inMonth));
    const kept = orders.filter(({ status }) => status !== 'cancelled');
    expect({ month, orderCount, spentCents }).toEqual({
      month: '2026-03',
      orderCount: orders.length,
      spentCents: kept.reduce((sum, { totalCents }) => sum + totalCents, 0),
    });
    expect(orders.length).toBeGreaterThan(5);
    expect(response.headers['x-db-route']).toMatch(
      /^node=[^;,]+;role=replica;reason=transaction;staleness=\d+$/,
    );
  });

  it('states an empty month, and refuses what is none', async () => {
    const agent = await service.as('alice');
    const empty = await agent.get('/history/statements/1999-12');
    expect(empty.body).toEqual({ month: '1999-12', orderCount: 0, spentCents: 0, orders: [] });
    for (const month of ['2026-13', '2026', '0000-01', 'may']) {
      const { status, body } = await agent.get(`/history/statements/${month}`);
      expect([status, body.errors]).toMatchObject([
        400,
        [{ field: 'month', value: month, message: 'must be a month, as 2026-01' }],
      ]);
    }
  });

  it('says that the order service is missing, and that there is no latest order', async () => {
    const agent = await service.as('alice');
    const missing = await agent.get('/history/latest');
    expect([missing.status, missing.body.type]).toEqual([503, 'urn:problem:order-service-unavailable']);
    expect(missing.headers['retry-after']).toBe('2');
    const none = await (await service.as('newcomer')).get('/history/latest');
    expect([none.status, none.body.type]).toEqual([404, 'urn:problem:no-order-yet']);
  });

  it("pages through all of the caller's orders, and only those, newest first, each once", async () => {
    const ids = (await everything('')).map(({ id }) => id);
    expect(ids).toHaveLength(250);
    expect(ids).toEqual(await expectedIds('true'));
  });

  it('returns 20 orders by default, and no nextCursor on the last page', async () => {
    const first = await page();
    expect(first.items).toHaveLength(20);
    expect(first.nextCursor).not.toBeNull();
    expect(await page('', 'nobody')).toEqual({ items: [], nextCursor: null });
  });

  it('lets the server plan the first page once, however many orders the customer has', async () => {
    const insert = `INSERT INTO orders SELECT gen_random_uuid(), 'regular', 'placed', 1, 1, now() - n * interval '1h'
                      FROM generate_series(1, 3000) AS n`;
    await queryAs(cluster, 'migrator', insert);
    await queryAs(cluster, 'migrator', 'ANALYZE orders');
    const plans = await plansOf(cluster, 'history_service', async (query) => {
      const history = new HistoryQueries({ query } as never);
      for (let time = 0; time < 20; time++) {
        for (const limit of [1, 20]) {
          const { items, nextCursor } = await history.page('regular', { limit });
          expect([items.length, nextCursor]).toEqual([limit, expect.any(String)]);
        }
      }
    });
    // The server has compared five plans, each for the values at hand, with one for any values.
    expect(plans).toEqual([{ custom: 5, generic: 35 }]);
  });

  it('pages through orders of the same millisecond without losing or repeating any', async () => {
    const insert = `INSERT INTO orders SELECT gen_random_uuid(), 'twin', 'placed', 1, 1, '2026-01-01T00:00:00.123Z'
                      FROM generate_series(1, 7)`;
    await queryAs(cluster, 'migrator', insert);
    await cluster.waitForReplication();
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { items, nextCursor } = await page(`?limit=2${cursor && `&cursor=${cursor}`}`, 'twin');
      ids.push(...items.map(({ id }) => id));
      cursor = nextCursor;
    }
    expect(ids).toHaveLength(7);
    expect(new Set(ids).size).toBe(7);
  });

  it.each([
    ['&status=cancelled', `status = 'cancelled'`],
    ['&from=2026-03-01', `created_at >= '2026-03-01T00:00Z'`],
    ['&to=2026-03-01', `created_at < '2026-03-01T00:00Z'`],
    [
      '&from=2026-03-01T12:00:00%2B02:00&to=2026-04-01',
      `created_at >= '2026-03-01T10:00Z' AND created_at < '2026-04-01T00:00Z'`,
    ],
    [
      '&status=delivered&from=2026-02-01&to=2026-06-01',
      `status = 'delivered' AND created_at >= '2026-02-01T00:00Z' AND created_at < '2026-06-01T00:00Z'`,
    ],
    ['&from=2026-03-01&to=2026-03-01', 'false'],
  ])('filters by %s', async (query, condition) => {
    expect((await everything(query)).map(({ id }) => id)).toEqual(await expectedIds(condition));
  });

  it('includes an order placed exactly at "from" and excludes one placed exactly at "to"', async () => {
    const { items } = await page('?limit=3');
    const at = encodeURIComponent(items[1]!.createdAt);
    expect((await page(`?from=${at}`)).items.map(({ id }) => id)).toContain(items[1]!.id);
    expect((await page(`?to=${at}`)).items.map(({ id }) => id)).not.toContain(items[1]!.id);
  });

  it('sums up spending and counts orders by month, counting cancelled orders separately', async () => {
    const response = await (await service.as('alice')).get('/history/summary');
    expect(response.status).toBe(200);
    const { months } = response.body as HistorySummary;
    const sql = `SELECT to_char(date_trunc('month', created_at AT TIME ZONE 'UTC'), 'YYYY-MM') AS month,
                        sum((status <> 'cancelled')::int)::int AS "orderCount",
                        sum(CASE status WHEN 'cancelled' THEN 0 ELSE total_cents END)::int AS "spentCents",
                        sum((status = 'cancelled')::int)::int AS "cancelledCount"
                   FROM orders WHERE customer_id = 'alice' GROUP BY 1 ORDER BY 1 DESC`;
    expect(months).toEqual(await queryAs(cluster, 'migrator', sql));
    expect(months).toHaveLength(12);
  });

  it('assigns an order to its month in UTC', async () => {
    const insert = `INSERT INTO orders VALUES
      (gen_random_uuid(), 'sylvester', 'placed', 100, 1, '2026-01-01T01:00:00+02:00'),
      (gen_random_uuid(), 'sylvester', 'cancelled', 200, 1, '2026-01-31T23:30:00-01:00')`;
    await queryAs(cluster, 'migrator', insert);
    await cluster.waitForReplication();
    const response = await (await service.as('sylvester')).get('/history/summary');
    expect((response.body as HistorySummary).months).toEqual([
      { month: '2026-02', orderCount: 0, spentCents: 0, cancelledCount: 1 },
      { month: '2025-12', orderCount: 1, spentCents: 100, cancelledCount: 0 },
    ]);
  });

  it.each([
    ['?limit=1000', { field: 'limit', value: '1000', limit: 100 }],
    ['?limit=-1', { field: 'limit', value: '-1', limit: 1 }],
    ['?cursor=abc', { field: 'cursor', value: 'abc' }],
    [`?cursor=${Buffer.from('["yesterday","1"]').toString('base64url')}`, { field: 'cursor' }],
    [cursorAt('0000-01-01T00:00:00.000Z'), { field: 'cursor' }],
    [cursorAt(`2026-01-01T00:00:00.${'1'.repeat(250)}Z`), { field: 'cursor' }],
    [
      '?from=2026-02-01&to=2026-01-01',
      { field: 'from', value: '2026-02-01', message: 'must not be after to' },
    ],
    ['?from=yesterday', { field: 'from', value: 'yesterday' }],
    ['?from=2026-02-30', { field: 'from', value: '2026-02-30' }],
    ['?from=2026-02-01T10:00:00', { field: 'from' }],
    ['?status=lost', { field: 'status', value: 'lost' }],
    ['?page=2', { field: 'page' }],
  ])('400 for GET /history%s, naming the field and the value', async (query, error) => {
    const response = await (await service.as('alice')).get(`/history${query}`);
    expect(response.status).toBe(400);
    expect(response.type).toBe('application/problem+json');
    expect((response.body as { errors: unknown }).errors).toEqual([expect.objectContaining(error)]);
  });

  it.each(['/history', '/history/summary'])('401 for GET %s without a token', async (path) => {
    expect((await (await service.as()).get(path)).status).toBe(401);
  });

  it('reads from both replicas, and never from the primary', async () => {
    const agent = await service.as('alice');
    const nodes = new Map<string, number>();
    // The pool avoids a replica that was late a few times, as happens on a busy machine, for up to 5 s.
    const deadline = performance.now() + 15_000;
    for (let count = 0; count < 40 || (nodes.size < 2 && performance.now() < deadline); count++) {
      const header = (await agent.get('/history')).headers['x-db-route'];
      const [, node, role] =
        /^node=([^;,]+);role=([a-z]+);reason=\w[\w-]*;staleness=\d+$/.exec(header!) ?? [];
      expect(role).toBe('replica');
      nodes.set(node!, (nodes.get(node!) ?? 0) + 1);
    }
    expect([...nodes.keys()].sort()).toEqual(cluster.replicas.map(({ name }) => name).sort());
  });

  it('stays ready and keeps reading while the primary is gone', async () => {
    const agent = await service.as('alice');
    await cluster.primary.kill();
    await until('the loss to be noticed', async () => {
      const { body } = await agent.get('/health');
      return (body as { status: string }).status === 'error';
    });
    expect((await agent.get('/health')).body).toMatchObject({ error: { database: { status: 'down' } } });
    expect((await agent.get('/health/ready')).status).toBe(200);
    expect((await page()).items).toHaveLength(20);
    expect((await agent.get('/history/summary')).status).toBe(200);
  });
});
