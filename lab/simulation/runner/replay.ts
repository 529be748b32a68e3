import { tell } from '../faults/story';
import { minimise } from './minimise';
import { type RunResult, runSeed } from './run-seed';
import { summaryOf, violationsOf } from './seed-report';
import { twice } from './twice';

type Say = (line: string) => void;

/** Runs one seed twice, and says whether both gave the same history. */
export async function replay(seed: number, isMinimised: boolean, say: Say): Promise<RunResult> {
  const result = await runSeed(seed);
  const judged = await twice(result);
  say(summaryOf(result));
  for (const line of tell(result.settings.faults)) say(`  ${line}`);
  if (judged !== result) return judged;
  say(`twice the same history: ${result.hash}`);
  for (const line of violationsOf(result)) say(line);
  if (isMinimised && result.violations.length > 0) await sayMinimal(result, say);
  return result;
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
  for (const line of violationsOf(await runSeed(seed, { faults: fewest }))) say(`        ${line}`);
}
