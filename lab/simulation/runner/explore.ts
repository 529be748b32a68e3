import { tell } from '../faults/story';
import { minimise } from './minimise';
import { REGRESSIONS } from './regressions';
import { type RunResult, runSeed } from './run-seed';

type Say = (line: string) => void;

/** What some seeds have shown. */
export interface Explored {
  readonly seeds: number;
  readonly operations: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly failed: readonly number[];
}

/** The most violations that are printed for a seed. */
const MOST_SHOWN = 10;

/** Runs one seed twice, and says whether both gave the same history. */
export async function replay(seed: number, isMinimised: boolean, say: Say): Promise<RunResult> {
  const result = await runSeed(seed);
  const again = await runSeed(seed);
  say(summaryOf(result));
  for (const line of tell(result.settings.faults)) say(`  ${line}`);
  if (again.hash !== result.hash) {
    return { ...result, violations: [...result.violations, differently(result, again)] };
  }
  say(`twice the same history: ${result.hash}`);
  sayViolations(result, say);
  if (isMinimised && result.violations.length > 0) await sayMinimal(result, say);
  return result;
}

/** Runs seeds, one after the other, until there are no more or the time is up. */
export async function explore(
  seeds: Iterable<number>,
  { hasTime, say }: { readonly hasTime: () => boolean; readonly say: Say },
): Promise<Explored> {
  const sum = { seeds: 0, operations: 0, events: 0, virtualMs: 0 };
  const failed: number[] = [];
  for (const seed of seeds) {
    if (!hasTime()) break;
    let result = await runSeed(seed);
    if (sum.seeds === 0) result = await twice(result);
    sum.seeds += 1;
    sum.operations += result.operations;
    sum.events += result.events;
    sum.virtualMs += result.virtualMs;
    if (result.violations.length === 0) continue;
    failed.push(seed);
    say(summaryOf(result));
    sayViolations(result, say);
    say(`  to see it again: npm run lab -- simulate --seed ${seed} --minimise`);
  }
  return { ...sum, failed };
}

/** Runs the seeds that failed once. */
export function exploreRegressions(say: Say): Promise<Explored> {
  return explore(
    REGRESSIONS.map(({ seed }) => seed),
    { hasTime: () => true, say },
  );
}

async function twice(result: RunResult): Promise<RunResult> {
  const again = await runSeed(result.seed);
  if (again.hash === result.hash) return result;
  return { ...result, violations: [...result.violations, differently(result, again)] };
}

function differently(one: RunResult, other: RunResult) {
  const at = one.lines.findIndex(
    (line, index) => JSON.stringify(line) !== JSON.stringify(other.lines[index]),
  );
  const what = `two runs of seed ${one.seed} differ from line ${at} on: ${JSON.stringify(one.lines[at])}`;
  return { rule: 'same-seed-same-history', what };
}

async function sayMinimal({ seed, settings, violations }: RunResult, say: Say): Promise<void> {
  const rules = new Set(violations.map(({ rule }) => rule));
  let runs = 0;
  const fewest = await minimise(settings.faults, async (part) => {
    runs += 1;
    return (await runSeed(seed, { faults: part })).violations.some(({ rule }) => rules.has(rule));
  });
  say(`the ${fewest.length} of ${settings.faults.length} faults that it takes, found in ${runs} runs:`);
  for (const line of tell(fewest)) say(`  ${line}`);
  const { violations: then } = await runSeed(seed, { faults: fewest });
  for (const { rule, what } of then.slice(0, MOST_SHOWN)) say(`          ${rule}: ${what}`);
}

function summaryOf({ seed, operations, virtualMs, settings, violations, hash }: RunResult): string {
  const { world, services, faults } = settings;
  return (
    `seed ${seed}: ${operations} operations by ${services.length} services on ${world.servers.length} servers, ` +
    `${faults.length} faults, ${(virtualMs / 1_000).toFixed(1)} s of virtual time, ` +
    `${violations.length} violations, history ${hash.slice(0, 16)}`
  );
}

function sayViolations({ violations }: RunResult, say: Say): void {
  for (const { rule, what } of violations.slice(0, MOST_SHOWN)) say(`  VIOLATED ${rule}: ${what}`);
  if (violations.length > MOST_SHOWN) say(`  … and ${violations.length - MOST_SHOWN} more`);
}
