import { writeFileSync } from 'node:fs';
import { exitAfter } from '../command-line';
import { coverageCommand } from './coverage/command';
import { mutantsCommand } from './mutants/command';
import { readArguments, type SimulationArguments } from './arguments';
import { compareClusters } from './fidelity/compare';
import { scale } from './scale/scale';
import { explore, type Explored } from './runner/explore';
import { REGRESSIONS } from './runner/regressions';
import { replay } from './runner/replay';
import { endTogether, SeedProcess } from './runner/seed-process';

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.includes('--mutants')) return mutantsCommand(argv);
  if (argv.includes('--coverage')) return coverageCommand(argv);
  const options = readArguments(argv);
  // No one reads the stacks of the errors that a run makes by the thousand.
  Error.stackTraceLimit = 0;
  if (options.scale) return (await scale(options.scale, say)) ? 0 : 1;
  if (options.fidelity !== undefined) {
    return (await compareClusters(options.from, options.fidelity, say)) ? 0 : 1;
  }
  return options.count === 1 && !options.hasRegressions ? replayOne(options) : run(options);
}

async function replayOne({ from, isMinimised, jsonFile }: SimulationArguments): Promise<number> {
  const { violations, lines } = await replay(from, isMinimised, say);
  if (jsonFile !== undefined)
    writeFileSync(jsonFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return violations.length === 0 ? 0 : 1;
}

async function run({ from, count, seconds, processes: size }: SimulationArguments): Promise<number> {
  const processes = Array.from({ length: size }, () => new SeedProcess());
  endTogether(processes);
  const regressions = REGRESSIONS.map(({ seed }) => seed);
  const before = await explore(regressions, { processes, hasTime: () => true, say });
  say(
    count === undefined ? `${String(seconds)} s of seeds from ${from} on` : `${count} seeds from ${from} on`,
  );
  const startMs = performance.now();
  const explored = await explore(seedsFrom(from, count), {
    processes,
    hasTime: () => seconds === undefined || performance.now() - startMs < seconds * 1_000,
    say,
  });
  for (const each of processes) each.end();
  sayTotal(explored, performance.now() - startMs);
  return before.failed.length + explored.failed.length === 0 ? 0 : 1;
}

function* seedsFrom(from: number, count = Infinity): Generator<number> {
  for (let index = 0; index < count; index++) yield from + index;
}

function sayTotal({ seeds, operations, events, virtualMs, cpuMs, failed }: Explored, tookMs: number): void {
  const perSecond = Math.round((operations * 1_000) / cpuMs);
  say(
    `${seeds} seeds, ${operations} operations checked, ${events} events, ${(virtualMs / 60_000).toFixed(0)} minutes of ` +
      `virtual time in ${(tookMs / 1_000).toFixed(0)} s (${perSecond} operations for each second of CPU time)`,
  );
  say(
    failed.length === 0
      ? 'all that is promised was kept'
      : `VIOLATED by ${failed.length} seeds: ${failed.join(', ')}`,
  );
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

exitAfter(main(), 3);
