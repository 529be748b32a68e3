import type { Regression } from '../runner/regressions';
import { runSeeds } from './run-seeds';

/**
 * Puts back each bug that a regression seed still finds, and runs the seed: a seed that finds nothing any
 * more guards nothing. Resolves to the exit code.
 */
export async function checkRegressions(
  regressions: readonly Regression[],
  say: (line: string) => void,
): Promise<number> {
  let harmless = 0;
  for (const { seed, mutant, isFoundBySeed = false } of regressions) {
    if (mutant === undefined || !isFoundBySeed) continue;
    const { found } = await runSeeds(seed, seed, mutant, 'regression');
    const [first] = found;
    if (!first) harmless += 1;
    say(
      `seed ${String(seed).padEnd(6)} ${mutant.padEnd(24)} ${first ? `${first.rule}: ${first.what}` : 'FINDS NOTHING'}`,
    );
  }
  return harmless === 0 ? 0 : 1;
}
