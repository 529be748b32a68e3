import type { WorkGroup } from '../bench';
import type { MemorySample } from '../contender/protocol';
import { MEBIBYTE } from '../metrics';
import { formatNumber, median } from '../statistics';

export const SOAK = 'soak';
const CONTENDER = 'TypeORM on RoutedPool';
const CALLERS = 32;
const SLICES = 16;

/** Runs for hours if wanted, and compares the memory kept at the end with the memory kept after warm-up. */
export const soak: WorkGroup = {
  works: [{ name: SOAK, title: 'Everything at once for a long time (--seconds N), to find leaks' }],
  isDefault: false,
  expectedMs: ({ soakSeconds }) => soakSeconds * 1_000,
  async run(bench) {
    const { plan, figures, say } = bench;
    const contender = await bench.contender(CONTENDER);
    const works = ['raw-read', 'read', 'order-with-items', 'history', 'insert', 'place-order'];
    const circumstances = `${plan.soakSeconds} s`;
    const samples: MemorySample[] = [];
    for (let slice = 1; slice <= SLICES; slice += 1) {
      const load = { kind: 'closed', callers: CALLERS, warmMs: 0 } as const;
      const sample = await bench.measure(contender, works, load, (plan.soakSeconds * 1_000) / SLICES);
      bench.record(SOAK, circumstances, CONTENDER, sample);
      const memory = await contender.memory();
      samples.push(memory);
      say(
        `  ${SOAK} ${slice}/${SLICES}: ${formatNumber((sample.operations * 1_000) / sample.durationMs)}/s, ` +
          `heap ${formatNumber(memory.heapBytes / MEBIBYTE)} MiB, RSS ${formatNumber(memory.rssBytes / MEBIBYTE)} MiB, ` +
          `${memory.resources} resources open`,
      );
    }
    const add = (metric: string, value: number) =>
      figures.add({ work: SOAK, case: circumstances, contender: CONTENDER, metric }, value);
    add('heap in the second quarter MiB', heapOf(samples, 1) / MEBIBYTE);
    add('heap in the last quarter MiB', heapOf(samples, 3) / MEBIBYTE);
    add('resources in the second quarter', median(quarter(samples, 1).map(({ resources }) => resources)));
    add('resources in the last quarter', median(quarter(samples, 3).map(({ resources }) => resources)));
  },
};

function heapOf(samples: readonly MemorySample[], index: number): number {
  return median(quarter(samples, index).map(({ heapBytes }) => heapBytes));
}

function quarter<T>(values: readonly T[], index: number): readonly T[] {
  const size = values.length / 4;
  return values.slice(index * size, (index + 1) * size);
}
