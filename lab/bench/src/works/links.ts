import { randomUUID } from 'node:crypto';
import type { Bench, WorkGroup } from '../bench';
import { JsonClient } from '../services/json-client';
import { type Shop, startShops, tokenFor } from '../services/shops';
import { formatNumber, summariseLatencies } from '../statistics';
import { linesFrom } from './http';

export const LINKS = 'links';
export const PLACE = 'placing an order';
export const READ_AFTER = 'reading it right after';
const LINK_LATENCY_MS = 1;
const ORDERS = 40;
const SMOKE_ORDERS = 5;
const WARM_ORDERS = 400;
/** Of four services, of WARM_ORDERS, and of ORDERS with slow links. */
const [START_MS, WARM_MS, ROUND_MS] = [6_000, 3_000, 700];

/** With the database a millisecond away, shows how often the services wait for it. */
export const links: WorkGroup = {
  works: [{ name: LINKS, title: `Orders placed and read again, ${LINK_LATENCY_MS} ms added to every link` }],
  isDefault: true,
  expectedMs: ({ isSmoke, rounds }) => (isSmoke ? START_MS : START_MS + 2 * (WARM_MS + rounds * ROUND_MS)),
  async run(bench) {
    const { stage, plan } = bench;
    const shops = await startShops(bench, 'link');
    const nodes = [stage.cluster.primary, ...stage.replicas];
    const runs = shops.map((shop) => ({ shop, client: bench.use(new JsonClient()) }));
    for (const run of runs) {
      await placeAndRead(bench, run.shop, run.client, plan.isSmoke ? 1 : WARM_ORDERS);
    }
    try {
      for (const { link } of nodes) link.setLatencyMs(LINK_LATENCY_MS);
      for (let round = 1; round <= plan.rounds; round += 1) {
        for (const { shop, client } of runs) await measure(bench, shop, client);
      }
    } finally {
      for (const { link } of nodes) await link.restore();
    }
  },
};

async function measure(bench: Bench, shop: Shop, client: JsonClient): Promise<void> {
  const { figures, plan, say } = bench;
  const orders = plan.isSmoke ? SMOKE_ORDERS : ORDERS;
  const { placeMs, readMs, missing } = await placeAndRead(bench, shop, client, orders);
  for (const [circumstances, latenciesMs] of [
    [PLACE, placeMs],
    [READ_AFTER, readMs],
  ] as const) {
    const { p50Ms, p99Ms } = summariseLatencies(latenciesMs);
    const figure = { work: LINKS, case: circumstances, contender: shop.name };
    figures.add({ ...figure, metric: 'p50 ms' }, p50Ms);
    figures.add({ ...figure, metric: 'p99 ms' }, p99Ms);
    say(`  ${LINKS}, ${circumstances}: ${shop.name} p50 ${formatNumber(p50Ms)} ms`);
  }
  figures.add(
    { work: LINKS, case: READ_AFTER, contender: shop.name, metric: 'not found %' },
    (100 * missing) / orders,
  );
}

interface Latencies {
  readonly placeMs: number[];
  readonly readMs: number[];
  /** Orders that the services reported as missing to the customer who had placed them. */
  readonly missing: number;
}

/** One customer, who passes on the consistency token as our clients do; the other services ignore it. */
async function placeAndRead(
  { stage }: Bench,
  { name, orderUrl }: Shop,
  client: JsonClient,
  orders: number,
): Promise<Latencies> {
  const token = `Bearer ${await tokenFor('bench')}`;
  const headers: Record<string, string> = { authorization: token };
  const latencies = { placeMs: [] as number[], readMs: [] as number[], missing: 0 };
  for (let index = 0; index < orders; index += 1) {
    const startMs = performance.now();
    const placed = await client.ask(
      'POST',
      `${orderUrl}/orders`,
      { ...headers, 'idempotency-key': randomUUID() },
      { items: linesFrom(stage.shop.skus, index) },
    );
    const placedMs = performance.now();
    if (placed.status !== 201) throw new Error(`${name} answered ${placed.status} to an order.`);
    const consistency = placed.headers['consistency-token'];
    if (typeof consistency === 'string') headers['consistency-token'] = consistency;
    const { id } = placed.body as { id: string };
    const found = await client.ask('GET', `${orderUrl}/orders/${id}`, headers);
    latencies.placeMs.push(placedMs - startMs);
    latencies.readMs.push(performance.now() - placedMs);
    if (found.status === 404) latencies.missing += 1;
    else if (found.status !== 200) throw new Error(`${name} answered ${found.status} to a read.`);
  }
  return latencies;
}
