import type { SeedProcess } from './seed-process';

/** What some seeds have shown. */
export interface Explored {
  readonly seeds: number;
  readonly operations: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly cpuMs: number;
  readonly failed: readonly number[];
}

export interface ExploreOptions {
  readonly processes: readonly Pick<SeedProcess, 'run'>[];
  readonly hasTime: () => boolean;
  readonly say: (line: string) => void;
}

/**
 * Runs seeds until there are no more or the time is up. Each process takes the next seed when it is done with
 * one, so all seeds run, however many processes there are. The first seed runs twice.
 */
export async function explore(
  seeds: Iterable<number>,
  { processes, hasTime, say }: ExploreOptions,
): Promise<Explored> {
  const sum = { seeds: 0, operations: 0, events: 0, virtualMs: 0, cpuMs: 0 };
  const failed: number[] = [];
  const left = seeds[Symbol.iterator]();
  let isFirst = true;
  const work = async (process: Pick<SeedProcess, 'run'>): Promise<void> => {
    while (hasTime()) {
      const next = left.next();
      if (next.done === true) return;
      const running = process.run({ seed: next.value, isTwice: isFirst });
      isFirst = false;
      const report = await running;
      sum.seeds += 1;
      sum.operations += report.operations;
      sum.events += report.events;
      sum.virtualMs += report.virtualMs;
      sum.cpuMs += report.cpuMs;
      if (report.isFailed) failed.push(report.seed);
      for (const line of report.lines) say(line);
    }
  };
  await Promise.all(processes.map(work));
  return { ...sum, failed: failed.sort((one, other) => one - other) };
}
