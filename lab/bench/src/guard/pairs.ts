import autocannon from 'autocannon';
import type { Bench } from '../bench';
import type { Contender } from '../contender/contender';
import type { PeerName } from '../peers';
import { cpuTimeMs } from '../services/cpu-time';
import { type Shop, startShops, tokenFor } from '../services/shops';

const CALLERS = 32;
const SECOND_MS = 1_000;

/** The CPU time of the client or the service per operation, in µs, and how many operations there were. */
export interface Cost {
  readonly cpuUs: number;
  readonly operations: number;
}

/** Runs the operation for a while. */
export type Side = (durationMs: number) => Promise<Cost>;

/** An operation of ours, and the same by a peer. */
export interface Pair {
  readonly name: string;
  readonly ours: Side;
  readonly peer: Side;
}

const STATEMENTS: readonly { name: string; work: string; ours: PeerName; peer: PeerName }[] = [
  { name: 'raw read', work: 'raw-read', ours: 'RoutedPool', peer: 'pg.Pool' },
  { name: 'findOneBy', work: 'read', ours: 'TypeORM on RoutedPool', peer: 'TypeORM replication' },
  { name: 'insert', work: 'insert', ours: 'RoutedPool', peer: 'pg.Pool' },
];

export async function startPairs(bench: Bench): Promise<Pair[]> {
  const contenders = new Map<PeerName, Contender>();
  for (const name of STATEMENTS.flatMap(({ ours, peer }) => [ours, peer])) {
    if (!contenders.has(name)) contenders.set(name, await bench.contender(name));
  }
  const side = (peer: PeerName, work: string): Side => {
    return async (durationMs) => {
      const load = { kind: 'closed', callers: CALLERS, warmMs: 0 } as const;
      const sample = await (contenders.get(peer) as Contender).measure(work, load, durationMs);
      if (sample.failed + sample.wrong > 0)
        throw new Error(`${peer}, ${work}: ${sample.firstError ?? 'wrong'}`);
      const { cpuMs, allOperations: operations } = sample;
      return { cpuUs: (cpuMs * 1_000) / operations, operations };
    };
  };
  const statements = STATEMENTS.map(({ name, work, ours, peer }) => ({
    name,
    ours: side(ours, work),
    peer: side(peer, work),
  }));
  return [...statements, await httpPair(bench)];
}

async function httpPair(bench: Bench): Promise<Pair> {
  const requests = await orderRequests(bench);
  const [ours, peer] = (await startShops(bench, 'direct')).map((shop) => httpSide(shop, requests));
  return { name: 'GET /orders/:id', ours: ours as Side, peer: peer as Side };
}

function httpSide({ name, orderUrl, pids }: Shop, requests: autocannon.Request[]): Side {
  return async (durationMs) => {
    const duration = Math.ceil(durationMs / SECOND_MS);
    const beforeMs = cpuTimeMs(pids) ?? NaN;
    const result = await autocannon({ url: orderUrl, connections: CALLERS, duration, requests });
    const afterMs = cpuTimeMs(pids) ?? NaN;
    const bad = result.non2xx + result.errors + result.timeouts;
    if (bad > 0) throw new Error(`${name}: ${bad} requests failed`);
    const operations = result['2xx'];
    return { cpuUs: ((afterMs - beforeMs) * 1_000) / operations, operations };
  };
}

/** Each customer asks for an order of their own. */
async function orderRequests({ stage }: Bench): Promise<autocannon.Request[]> {
  const { rows } = await stage.cluster.primary.query<{ id: string; customer_id: string }>(
    'SELECT id, customer_id FROM orders WHERE id = ANY($1)',
    [stage.shop.orders.map(({ id }) => id)],
  );
  return Promise.all(
    rows.map(async ({ id, customer_id: customer }) => ({
      path: `/orders/${id}`,
      headers: { authorization: `Bearer ${await tokenFor(customer)}` },
    })),
  );
}
