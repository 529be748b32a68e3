import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import autocannon from 'autocannon';
import type { Bench, WorkGroup } from '../bench';
import { cpuTimeMs } from '../services/cpu-time';
import { type Handlers, type Shop, startBare, startShops, tokenFor } from '../services/shops';
import { formatNumber } from '../statistics';

export const HTTP = 'http';
export const HTTP_SQL = 'http-sql';
const CONNECTIONS = [1, 32];
const SMOKE_CONNECTIONS = [8];
const LIMIT = { duration: 1 };
const SMOKE_LIMIT = { amount: 40 };
/** Until its code is compiled, a service takes three times as long, which a long-running service does not. */
const WARM = { duration: 8 };
const WARM_CONNECTIONS = 32;
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

const requests = (work: string, title: string, handlers: Handlers): WorkGroup => ({
  works: [{ name: work, title }],
  isDefault: true,
  expectedMs: ({ isSmoke, rounds }) => {
    const shops = work === HTTP ? 3 : 2;
    if (isSmoke) return shops * START_MS;
    const roundMs = CONNECTIONS.length * LIMIT.duration * 1_100;
    const endpointMs = WARM.duration * 1_000 + rounds * roundMs;
    return shops * (START_MS + Object.keys(ENDPOINTS).length * endpointMs);
  },
  async run(bench) {
    const { isSmoke, rounds } = bench.plan;
    const [shops, limits] = await Promise.all([
      startShops(bench, 'direct', handlers),
      work === HTTP ? Promise.all([startBare(bench)]) : [],
    ]);
    const contenders = [...shops, ...limits];
    const endpoints = (await makeEndpoints(bench, work)).filter(({ name }) =>
      name.includes(bench.plan.endpoint ?? ''),
    );
    for (const endpoint of endpoints) await assertSameAnswers(endpoint, contenders);
    for (const endpoint of endpoints) {
      if (!isSmoke) for (const shop of contenders) await fire(endpoint, shop, WARM_CONNECTIONS, WARM);
    }
    for (const endpoint of endpoints) {
      for (let round = 1; round <= rounds; round += 1) {
        for (const connections of isSmoke ? SMOKE_CONNECTIONS : CONNECTIONS) {
          // Each one goes first in every second round.
          for (const shop of round % 2 === 0 ? contenders : contenders.toReversed()) {
            await measure(bench, endpoint, shop, connections);
          }
        }
      }
    }
  },
});

/** Measures both services end to end, the same handlers on a typical stack, and their answers by Fastify. */
export const http = requests(HTTP, 'Requests over HTTP to both services', 'typeorm');

/** The same without what TypeORM's repositories and query builders cost on both sides. */
export const httpSql = requests(
  HTTP_SQL,
  'The same requests, with plain SQL in the handlers of both sides',
  'raw-sql',
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

async function measure(bench: Bench, endpoint: Endpoint, shop: Shop, connections: number): Promise<void> {
  const pids = [...bench.stage.pids, ...shop.pids];
  const cpuBeforeMs = cpuTimeMs(pids);
  const result = await fire(endpoint, shop, connections, bench.plan.isSmoke ? SMOKE_LIMIT : LIMIT);
  const cpuAfterMs = cpuTimeMs(pids);
  const circumstances = httpCase(endpoint.name, connections);
  const good = result['2xx'];
  const values = {
    'requests/s': good / result.duration,
    'p50 ms': result.latency.p50,
    'p99 ms': result.latency.p99,
    ...(cpuBeforeMs !== undefined &&
      cpuAfterMs !== undefined && {
        'all CPU µs': ((cpuAfterMs - cpuBeforeMs) * 1_000) / Math.max(1, good),
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
  bench.say(`  ${endpoint.work}, ${circumstances}: ${shop.name} ${formatNumber(values['requests/s'])}/s`);
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
