import { monitorEventLoopDelay } from 'node:perf_hooks';
import { checkInvariants } from './checks/invariants';
import { stockAndSold } from './checks/ledger';
import { Load } from './load/load';
import type { Operation } from './load/operation';
import { until } from '@app/postgres-cluster';
import type { Rig } from './services/rig';
import type { FaultRow, Measurement } from './rows/row';
import { describeFailures, failed, orders, reads } from './load/statistics';

/** The failed and stale answers of one load. */
export interface LoadSummary {
  readonly reads: number;
  readonly failedReads: number;
  readonly staleReads: number;
  readonly orders: number;
  readonly failedOrders: number;
  readonly failures: string;
}

export interface RowResult {
  readonly name: string;
  readonly fault: string;
  readonly guarantee: string;
  readonly bar: string;
  readonly measurements: readonly Measurement[];
  readonly invariants: readonly Measurement[];
  readonly verdict: 'met' | 'missed';
  readonly durationMs: number;
  /**
   * How late this process was (p99): if the machine was too busy to measure on time, it was too busy to
   * serve.
   */
  readonly lateMs: number;
  readonly load: LoadSummary;
  readonly peer: LoadSummary | undefined;
}

const READS_PER_SECOND = 50;
const ORDERS_PER_SECOND = 5;
const WARM_UP_OPERATIONS = 30;
const LATENESS_RESOLUTION_MS = 10;
/** Products that the load buys; the next ones are the peer's, then the rows' own. */
const OUR_SKUS = { from: 0, to: 30 };
const PEER_SKUS = { from: 30, to: 60 };

/** Runs one row under steady load, and checks the conditions that hold for every row. */
export async function runRow(row: FaultRow, rig: Rig, number: number): Promise<RowResult> {
  const startMs = performance.now();
  const lateness = monitorEventLoopDelay({ resolution: LATENESS_RESOLUTION_MS });
  const skus = await popularSkus(rig);
  const stockBefore = await stockAndSold(rig.cluster);
  const peer = row.comparesPeer === true ? await rig.startPeer() : undefined;
  const load = makeLoad(row, `${row.name}-${number}`, skus.slice(OUR_SKUS.from, OUR_SKUS.to), {
    order: () => rig.orderTargets(),
    history: () => [rig.history.url],
  });
  const peerUrl = peer?.url ?? '';
  const peerLoad = makeLoad(row, `peer-${row.name}-${number}`, skus.slice(PEER_SKUS.from, PEER_SKUS.to), {
    order: () => [peerUrl],
    history: () => [peerUrl],
  });
  const loads = peer === undefined ? [load] : [load, peerLoad];
  try {
    await rig.untilFit();
    lateness.enable();
    for (const each of loads) await each.start();
    await until('the load to be under way', () => load.operations.length >= WARM_UP_OPERATIONS);
    const measurements = await measure(row, rig, load);
    await Promise.all(loads.map((each) => each.stop()));
    measurements.push(...(row.conclude?.(load.operations) ?? []));
    await peer?.stop();
    const invariants = await checkInvariants(rig.cluster, load, stockBefore);
    const isMet = [...measurements, ...invariants].every((measurement) => measurement.isMet);
    return {
      name: row.name,
      fault: row.fault,
      guarantee: row.guarantee,
      bar: row.bar,
      measurements,
      invariants,
      verdict: isMet && measurements.length > 0 ? 'met' : 'missed',
      durationMs: performance.now() - startMs,
      lateMs: Math.max(0, lateness.percentile(99) / 1e6 - LATENESS_RESOLUTION_MS),
      load: summarize(load.operations),
      peer: peer === undefined ? undefined : summarize(peerLoad.operations),
    };
  } finally {
    lateness.disable();
    for (const each of loads) each.close();
  }
}

async function measure(row: FaultRow, rig: Rig, load: Load): Promise<Measurement[]> {
  try {
    return await row.run({
      rig,
      load,
      health: rig.health,
      startMs: performance.now(),
      observe: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
      operations: () => load.operations,
    });
  } catch (error) {
    const measured = error instanceof Error ? error.message : String(error);
    return [{ what: 'the row could not be carried out', measured, isMet: false }];
  }
}

function makeLoad(
  row: FaultRow,
  prefix: string,
  skus: readonly string[],
  targets: Load['options']['targets'],
): Load {
  const { readsPerSecond = READS_PER_SECOND, ordersPerSecond = ORDERS_PER_SECOND } = row.load ?? {};
  return new Load({ targets, prefix, skus, readsPerSecond, ordersPerSecond });
}

async function popularSkus(rig: Rig): Promise<string[]> {
  const { rows } = await rig.cluster.primary.query<{ sku: string }>(
    'SELECT sku FROM products ORDER BY stock DESC, sku LIMIT 60',
  );
  return rows.map(({ sku }) => sku);
}

function summarize(operations: readonly Operation[]): LoadSummary {
  const all = reads(operations);
  const placed = orders(operations);
  return {
    reads: all.length,
    failedReads: failed(all).length,
    staleReads: all.filter(({ isStale }) => isStale).length,
    orders: placed.length,
    failedOrders: failed(placed).length,
    failures: describeFailures(operations),
  };
}
