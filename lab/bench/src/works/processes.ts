import { connectionsPerNode } from 'db-routing';
import type { Bench, Plan, WorkGroup } from '../bench';
import type { Contender } from '../contender/contender';
import { CPU, RATE } from '../metrics';
import { CONTENDER_START_MS, REPLICA_CLONE_MS } from '../schedule';
import { PeakConnections } from '../services/peak-connections';
import { POOL_SIZE, type WiringOptions } from '../stage';
import { formatNumber } from '../statistics';
import { WARM_UP_TAKES_MS, warmUp } from './warm-up';

export const PROCESSES = 'processes';
export const PROCESS_COUNTS = [1, 2, 4] as const;
export const CONNECTIONS = 'connections to a node, most';
export const LIMIT = 'limit of connections';
const SMOKE_COUNTS = [1, 2] as const;
const REPLICAS = 3;
const CONTENDER = 'RoutedPool';
/** Enough to keep a process busy. */
const CALLERS_PER_PROCESS = 32;
const LOADS = { reads: 'raw-read', orders: 'place-order' } as const;

export type LoadName = keyof typeof LOADS;

export function processesCase(count: number, load: LoadName): string {
  return `${count === 1 ? '1 process' : `${count} processes`}, ${load}`;
}

/** One service as several processes, which share the limit of connections, on replicas of their own. */
export const processes: WorkGroup = {
  works: [
    {
      name: PROCESSES,
      title: `1 to 4 processes of one service on a primary and ${REPLICAS} replicas; latencies of the slowest process`,
    },
  ],
  isDefault: true,
  expectedMs: (plan) => {
    const roundsMs = plan.rounds * Object.keys(LOADS).length * (plan.warmMs + plan.measureMs);
    const warmMs = plan.isSmoke ? 0 : Object.keys(LOADS).length * 2 * WARM_UP_TAKES_MS;
    const startMs = countsIn(plan).reduce((sum, count) => sum + count * CONTENDER_START_MS, 0);
    return REPLICA_CLONE_MS + startMs + countsIn(plan).length * (roundsMs + warmMs);
  },
  async run(bench) {
    const { stage, plan } = bench;
    if (!plan.isSmoke && stage.cluster.replicas.length < REPLICAS) await stage.cluster.addReplica();
    for (const count of countsIn(plan)) await measureCount(bench, count);
    noteGrowth(bench);
  },
};

function countsIn({ isSmoke }: Plan): readonly number[] {
  return isSmoke ? SMOKE_COUNTS : PROCESS_COUNTS;
}

async function measureCount(bench: Bench, count: number): Promise<void> {
  const { plan, figures, say } = bench;
  const contenders = await Promise.all(
    Array.from({ length: count }, (_, index) => bench.contender(CONTENDER, wiringOf(bench, count, index))),
  );
  const most = count * connectionsPerNode(limitsOf(count)).most;
  for (const load of Object.keys(LOADS) as LoadName[]) {
    if (!plan.isSmoke) {
      await Promise.all(contenders.map((contender) => warmUp(bench, LOADS[load], contender)));
    }
    const circumstances = processesCase(count, load);
    for (let round = 1; round <= plan.rounds; round += 1) {
      const connections = await measureRound(bench, contenders, circumstances, load);
      const figure = { work: PROCESSES, case: circumstances, contender: CONTENDER };
      figures.add({ ...figure, metric: CONNECTIONS }, connections);
      figures.add({ ...figure, metric: LIMIT }, most);
    }
    const rate = figures.median(PROCESSES, circumstances, CONTENDER, RATE) ?? 0;
    say(`  ${PROCESSES}, ${circumstances}: ${formatNumber(rate)}/s`);
  }
  await Promise.all(contenders.map((contender) => contender.close()));
}

/** Resolves with the highest number of connections to one node meanwhile. */
async function measureRound(
  bench: Bench,
  contenders: readonly Contender[],
  circumstances: string,
  load: LoadName,
): Promise<number> {
  const { plan, stage } = bench;
  const closed = { kind: 'closed', callers: CALLERS_PER_PROCESS, warmMs: plan.warmMs } as const;
  const peak = PeakConnections.count(stage.cluster.nodes, PROCESSES);
  const sample = await bench.measureTogether(contenders, LOADS[load], closed, plan.measureMs);
  bench.record(PROCESSES, circumstances, CONTENDER, sample);
  return peak.stop();
}

function limitsOf(count: number) {
  return { maxConnectionsPerNode: POOL_SIZE, processes: count };
}

/** Each process reads from a replica of its own, as long as there are enough of them. */
function wiringOf({ stage }: Bench, count: number, index: number): WiringOptions {
  const replicas = stage.cluster.replicas.slice(0, REPLICAS);
  const zoneOf = (at: number) => `zone-${at % replicas.length}`;
  const zones = replicas.map(({ host, directPort }, at) => [`${host}:${directPort}`, zoneOf(at)] as const);
  return {
    replicas,
    routedOptions: {
      ...limitsOf(count),
      applicationName: PROCESSES,
      zone: zoneOf(index),
      zones: Object.fromEntries(zones),
    },
  };
}

/** Adds how many times the throughput and the CPU time of one process the others have. */
function noteGrowth({ figures, plan }: Bench): void {
  for (const load of Object.keys(LOADS) as LoadName[]) {
    for (const count of countsIn(plan)) {
      const at = { work: PROCESSES, case: processesCase(count, load), contender: CONTENDER };
      const times = (metric: string) =>
        (figures.median(PROCESSES, at.case, CONTENDER, metric) ?? NaN) /
        (figures.median(PROCESSES, processesCase(1, load), CONTENDER, metric) ?? NaN);
      if (Number.isFinite(times(RATE))) figures.add({ ...at, metric: '× one process' }, times(RATE));
      if (Number.isFinite(times(CPU))) figures.add({ ...at, metric: 'CPU × one process' }, times(CPU));
    }
  }
}
