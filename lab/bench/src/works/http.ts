import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import autocannon from 'autocannon';
import type { Bench, Plan, WorkGroup } from '../bench';
import { CPU, REQUEST_RATE } from '../metrics';
import { cpuTimeMs } from '../services/cpu-time';
import { type Handlers, type Shop, startBare, startShops, tokenFor } from '../services/shops';
import { formatNumber } from '../statistics';
import { measureRounds } from './rounds';
import { becomesSteady, noteItIsCold } from './warm-up';

export const HTTP = 'http';
export const HTTP_SQL = 'http-sql';
const CONNECTIONS = [1, 32];
const SMOKE_CONNECTIONS = [8];
const LIMIT = { duration: 1 };
const SMOKE_LIMIT = { amount: 40 };
const WARM_UP = { connections: 32, windowSeconds: 2, maxWindows: 20, usuallySeconds: 14 };
/** Of a measurement: connections, and the slowest answer. */
const OVERHEAD_MS = 150;
/** Of two services. */
const START_MS = 3_000;

interface Endpoint {
  readonly work: string;
  readonly name: string;
  readonly target: (shop: Shop) => string;
  readonly requests: readonly autocannon.Request[];
}

export function httpCase(endpoint: string, connections: number): string {
  return `${endpoint}, ${connections === 1 ? '1 connection' : `${connections} connections`}`;
}

/** Each with its share of the throughput of Fastify alone that a service is to reach. */
export const ENDPOINTS = {
  'GET /products': 0.5,
  'GET /orders/:id': 0.55,
  'GET /history': 0.5,
  'POST /orders': 0.8,
} as const;

const requests = (
  work: string,
  title: string,
  handlers: Handlers,
  measured: readonly string[],
): WorkGroup => ({
  works: [{ name: work, title }],
  isDefault: true,
  isExtensible: true,
  expectedMs: (plan) => {
    const { isSmoke, rounds } = plan;
    const shops = work === HTTP ? 3 : 2;
    if (isSmoke) return shops * START_MS;
    const endpointMs = WARM_UP.usuallySeconds * 1_000 + rounds * CONNECTIONS.length * measurementMs(plan);
    return shops * (START_MS + measured.length * endpointMs);
  },
  async run(bench) {
    const { isSmoke } = bench.plan;
    const [shops, limits] = await Promise.all([
      startShops(bench, 'direct', handlers),
      work === HTTP ? Promise.all([startBare(bench)]) : [],
    ]);
    const contenders = [...shops, ...limits];
    const endpoints = (await makeEndpoints(bench, work)).filter(
      ({ name }) => measured.includes(name) && name.includes(bench.plan.endpoint ?? ''),
    );
    for (const endpoint of endpoints) await assertSameAnswers(endpoint, contenders);
    if (!isSmoke) await tryAll(endpoints, contenders);
    for (const endpoint of endpoints) {
      // Not earlier: after a rest of a minute, a service takes longer again.
      if (!isSmoke) for (const shop of contenders) await warmUp(bench, endpoint, shop);
      for (const connections of isSmoke ? SMOKE_CONNECTIONS : CONNECTIONS) {
        await measureCase(bench, endpoint, connections, contenders);
      }
    }
  },
});

/** Measures both services end to end, the same handlers on a typical stack, and their answers by Fastify. */
export const http = requests(HTTP, 'Requests over HTTP to both services', 'typeorm', Object.keys(ENDPOINTS));

/** The one handler that uses TypeORM's repositories, without what they cost on both sides. */
export const httpSql = requests(
  HTTP_SQL,
  'The same POST /orders, with plain SQL in the handlers of both sides',
  'raw-sql',
  ['POST /orders'],
);

/** The contenders must do the same work. */
async function assertSameAnswers(
  { name, requests, target }: Endpoint,
  shops: readonly Shop[],
): Promise<void> {
  const { method = 'GET', path = '', headers = {} } = requests[0] ?? {};
  // Every order placed is another one.
  if (method !== 'GET') return;
  const [expected, ...others] = await Promise.all(
    shops.map(async (shop) => {
      const answer = await fetch(target(shop) + path, { headers: headers as Record<string, string> });
      return { shop: shop.name, status: answer.status, body: await answer.json() };
    }),
  );
  for (const { shop, ...answer } of others) {
    if (!isDeepStrictEqual(answer, { status: 200, body: expected?.body })) {
      throw new Error(`${name}: ${shop} answers ${JSON.stringify(answer)}, not ${JSON.stringify(expected)}`);
    }
  }
}

/** A service answers all kinds of requests: what is compiled for one must have seen the others. */
async function tryAll(endpoints: readonly Endpoint[], shops: readonly Shop[]): Promise<void> {
  for (const endpoint of endpoints) {
    for (const shop of shops) await fire(endpoint, shop, WARM_UP.connections, { duration: 1 });
  }
}

/** Until its code is compiled, a service takes three times as long, which a long-running service does not. */
async function warmUp(bench: Bench, endpoint: Endpoint, shop: Shop): Promise<void> {
  const { connections, windowSeconds, maxWindows } = WARM_UP;
  const measureWindow = async () => {
    const beforeMs = cpuTimeMs(shop.pids) ?? 0;
    const { '2xx': operations } = await fire(endpoint, shop, connections, { duration: windowSeconds });
    return { cpuMs: (cpuTimeMs(shop.pids) ?? 0) - beforeMs, operations };
  };
  if (await becomesSteady(measureWindow, maxWindows)) return;
  noteItIsCold(bench, endpoint.work, `${shop.name}, ${endpoint.name}`, maxWindows * windowSeconds * 1_000);
}

function measurementMs({ warmMs }: Plan): number {
  return warmMs + LIMIT.duration * 1_000 + OVERHEAD_MS;
}

async function measureCase(
  bench: Bench,
  endpoint: Endpoint,
  connections: number,
  shops: readonly Shop[],
): Promise<void> {
  const circumstances = httpCase(endpoint.name, connections);
  const figures = { work: endpoint.work, circumstances, metric: REQUEST_RATE };
  const rounds = { count: bench.plan.rounds, expectedMs: shops.length * measurementMs(bench.plan) };
  await measureRounds(bench, figures, rounds, async (round) => {
    // Each one goes first in every second round.
    for (const shop of round % 2 === 0 ? shops : shops.toReversed()) {
      await measure(bench, endpoint, shop, connections);
    }
  });
}

async function measure(bench: Bench, endpoint: Endpoint, shop: Shop, connections: number): Promise<void> {
  const { isSmoke, warmMs } = bench.plan;
  // While others were measured, the shop lost idle connections, and its memory has left the caches.
  if (!isSmoke) await fire(endpoint, shop, connections, { duration: warmMs / 1_000 });
  const cpuMs = () => [shop.pids, bench.stage.pids].map((pids) => cpuTimeMs(pids) ?? NaN);
  const before = cpuMs();
  const result = await fire(endpoint, shop, connections, isSmoke ? SMOKE_LIMIT : LIMIT);
  const [serviceMs = NaN, serverMs = NaN] = cpuMs().map((ms, index) => ms - (before[index] ?? NaN));
  const circumstances = httpCase(endpoint.name, connections);
  const good = result['2xx'];
  const perRequest = (ms: number) => (ms * 1_000) / Math.max(1, good);
  const values = {
    [REQUEST_RATE]: good / result.duration,
    'p50 ms': result.latency.p50,
    'p99 ms': result.latency.p99,
    ...(!Number.isNaN(serviceMs + serverMs) && {
      'service CPU µs': perRequest(serviceMs),
      [CPU]: perRequest(serviceMs + serverMs),
    }),
  };
  for (const [metric, value] of Object.entries(values)) {
    bench.figures.add({ work: endpoint.work, case: circumstances, contender: shop.name, metric }, value);
  }
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) {
    bench.figures.note(
      endpoint.work,
      `${shop.name}, ${circumstances}: ${bad} of ${good + bad} requests failed`,
    );
  }
  bench.say(`  ${endpoint.work}, ${circumstances}: ${shop.name} ${formatNumber(values[REQUEST_RATE])}/s`);
}

async function fire(
  { target, requests }: Endpoint,
  shop: Shop,
  connections: number,
  limit: { readonly duration: number } | { readonly amount: number },
): Promise<autocannon.Result> {
  return autocannon({ url: target(shop), connections, ...limit, requests: [...requests] });
}

/** Requests each customer's own orders. */
async function makeEndpoints({ stage }: Bench, work: string): Promise<Endpoint[]> {
  const { rows } = await stage.cluster.primary.query<{ id: string; customer_id: string }>(
    'SELECT id, customer_id FROM orders WHERE id = ANY($1)',
    [stage.shop.orders.map(({ id }) => id)],
  );
  const headers = new Map<string, Record<string, string>>();
  for (const customer of stage.shop.customers) {
    headers.set(customer, { authorization: `Bearer ${await tokenFor(customer)}` });
  }
  const customers = [...headers.values()];
  return [
    {
      work,
      name: 'GET /products',
      target: ({ orderUrl }) => orderUrl,
      requests: customers.map((each) => ({ path: '/products?limit=20', headers: each })),
    },
    {
      work,
      name: 'GET /orders/:id',
      target: ({ orderUrl }) => orderUrl,
      requests: rows.map(({ id, customer_id: customer }) => ({
        path: `/orders/${id}`,
        headers: headers.get(customer) ?? {},
      })),
    },
    {
      work,
      name: 'GET /history',
      target: ({ historyUrl }) => historyUrl,
      requests: customers.map((each) => ({ path: '/history?limit=20', headers: each })),
    },
    {
      work,
      name: 'POST /orders',
      target: ({ orderUrl }) => orderUrl,
      requests: customers.map((each, index) => ({
        method: 'POST' as const,
        path: '/orders',
        headers: { ...each, 'content-type': 'application/json' },
        body: JSON.stringify({ items: linesFrom(stage.shop.skus, index) }),
        setupRequest: (request: autocannon.Request) => ({
          ...request,
          headers: { ...request.headers, 'idempotency-key': randomUUID() },
        }),
      })),
    },
  ];
}

/** Two products that no other customer's orders contain. */
export function linesFrom(skus: readonly string[], index: number): { sku: string; quantity: number }[] {
  return [2 * index, 2 * index + 1].map((at) => ({ sku: skus[at % skus.length] ?? '', quantity: 1 }));
}
