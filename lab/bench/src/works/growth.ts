import type { Bench, WorkGroup } from '../bench';
import { CONTENDER_START_MS, REPLICA_CLONE_MS } from '../schedule';
import { formatNumber } from '../statistics';

export const GROWTH = 'growth';
const REPLICAS = [1, 2, 4, 8];
const SMOKE_REPLICAS = [1, 2];
/** Far below what the machine can do for eight, so that the links are the limit. */
const LINK_BYTES_PER_SECOND = 40_000;
/**
 * Enough callers to keep a link busy all the time, and few enough that probes behind them do not time out.
 */
const CALLERS_PER_REPLICA = 12;
const MIN_MEASURE_MS = 2_000;
/** Time to open connections, through the same links, and to prepare statements. */
const WARM_MS = 2_500;

export function replicasOf(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}

/**
 * Reads with an increasing number of replicas, each behind a link of the same limited rate, to see whether
 * capacity grows with them.
 */
export const growth: WorkGroup = {
  works: [
    {
      name: GROWTH,
      title: `Reads by 1 to 8 replicas, each behind a link of ${LINK_BYTES_PER_SECOND} bytes/s`,
    },
  ],
  isDefault: true,
  expectedMs: (plan) => {
    if (plan.isSmoke) return SMOKE_REPLICAS.length * CONTENDER_START_MS;
    const stepMs = CONTENDER_START_MS + WARM_MS + Math.max(plan.measureMs, MIN_MEASURE_MS);
    return (REPLICAS.at(-1) ?? 0) * REPLICA_CLONE_MS + plan.rounds * REPLICAS.length * stepMs;
  },
  async run(bench) {
    const { stage, plan, say } = bench;
    const counts = plan.isSmoke ? SMOKE_REPLICAS : REPLICAS;
    const largest = counts.at(-1) ?? 1;
    while (stage.cluster.replicas.length < largest) {
      say(`  ${GROWTH}: cloning replica ${stage.cluster.replicas.length + 1}`);
      await stage.cluster.addReplica();
    }
    try {
      for (const { link } of stage.cluster.replicas) link.setBytesPerSecond(LINK_BYTES_PER_SECOND);
      for (let round = 1; round <= plan.rounds; round += 1) {
        for (const count of counts) await measure(bench, count);
      }
    } finally {
      for (const { link } of stage.cluster.replicas) await link.restore();
    }
  },
};

async function measure(bench: Bench, count: number): Promise<void> {
  const { stage, plan, say } = bench;
  // Started for each step: each has connections to, and statistics of, exactly these replicas.
  const contender = await bench.contender('RoutedPool', {
    via: 'link',
    replicas: stage.cluster.replicas.slice(0, count),
  });
  const load = {
    kind: 'closed',
    callers: count * CALLERS_PER_REPLICA,
    warmMs: plan.isSmoke ? plan.warmMs : WARM_MS,
  } as const;
  const measureMs = plan.isSmoke ? plan.measureMs : Math.max(plan.measureMs, MIN_MEASURE_MS);
  const sample = await bench.measure(contender, 'raw-read', load, measureMs);
  await contender.close();
  bench.record(GROWTH, replicasOf(count), 'RoutedPool', sample);
  say(
    `  ${GROWTH}, ${replicasOf(count)}: ${formatNumber((sample.operations * 1_000) / sample.durationMs)}/s`,
  );
}
