import { type RunResult, runSeed } from './run-seed';

/** Runs the seed of a result again, and adds a violation to the result when the history differs. */
export async function twice(result: RunResult): Promise<RunResult> {
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
