import type { WorkGroup } from '../bench';
import { MEBIBYTE } from '../metrics';
import type { PeerName } from '../peers';
import { formatNumber } from '../statistics';
import { callersOf } from './throughput';

export const CALLERS = 'callers';
const CONTENDERS: readonly PeerName[] = [
  'RoutedPool',
  'pg.Pool',
  'TypeORM on RoutedPool',
  'TypeORM replication',
];
const COUNT = 10_000;
const SMOKE_COUNT = 1_000;
const MEASURE_MS = 3_000;
const WARM_MS = 1_000;
/** Of a contender, with what its last operations wait for. */
const START_MS = 2_000;

/**
 * Very many concurrent callers in one process: how long each waits, and how much memory their waiting uses.
 */
export const callers: WorkGroup = {
  works: [
    { name: CALLERS, title: `${COUNT.toLocaleString('en-US')} concurrent callers, reading with SQL text` },
  ],
  isDefault: true,
  expectedMs: ({ isSmoke }) => (isSmoke ? START_MS : CONTENDERS.length * (START_MS + WARM_MS + MEASURE_MS)),
  async run(bench) {
    const { plan, figures, say } = bench;
    const count = plan.isSmoke ? SMOKE_COUNT : COUNT;
    const circumstances = callersOf(count);
    for (const name of plan.isSmoke ? CONTENDERS.slice(0, 2) : CONTENDERS) {
      // A `pg.Pool` lets callers wait for ever, and so does this, up to the duration of the measurement.
      const contender = await bench.contender(name, { routedOptions: { acquireTimeoutMs: 60_000 } });
      const before = await contender.memory();
      const load = { kind: 'closed', callers: count, warmMs: plan.isSmoke ? plan.warmMs : WARM_MS } as const;
      const sample = await bench.measure(
        contender,
        'raw-read',
        load,
        plan.isSmoke ? plan.measureMs : MEASURE_MS,
      );
      const after = await contender.memory();
      await contender.close();
      bench.record(CALLERS, circumstances, name, sample);
      const memory = {
        'peak RSS MiB': sample.peakRssBytes / MEBIBYTE,
        'heap kept MiB': (after.heapBytes - before.heapBytes) / MEBIBYTE,
      };
      for (const [metric, value] of Object.entries(memory)) {
        figures.add({ work: CALLERS, case: circumstances, contender: name, metric }, value);
      }
      say(
        `  ${CALLERS}, ${circumstances}: ${name} ${formatNumber((sample.operations * 1_000) / sample.durationMs)}/s, ` +
          `p99 ${formatNumber(sample.p99Ms)} ms, at most ${formatNumber(memory['peak RSS MiB'])} MiB`,
      );
    }
  },
};
