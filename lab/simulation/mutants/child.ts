import { MUTANTS } from '.';
import { changeLibrary } from './change-library';
import type { SeedLine } from './seed-line';

/**
 * Runs seeds until a check fails. Arguments: first seed, last seed, the mutant whose faults they have; then
 * `unchanged` where the library stays as it is, or `regression` where the seeds keep their own faults.
 */
async function main([first, last, name, how]: readonly string[]): Promise<void> {
  const mutant = MUTANTS.find((each) => each.name === name);
  if (!mutant) throw new RangeError(`there is no mutant '${String(name)}'`);
  const assertLoaded = how === 'unchanged' ? undefined : changeLibrary(mutant);
  // Not before the library is changed.
  const { runSeed } = await import('../runner/run-seed.js');
  const { faultsFor } = await import('./faults-for.js');
  assertLoaded?.();
  for (let seed = Number(first); seed <= Number(last); seed++) {
    const faults = how === 'regression' ? undefined : faultsFor(seed, mutant.faults);
    const { operations, violations } = await runSeed(seed, faults && { faults });
    const line: SeedLine = { seed, operations, violations: violations.slice(0, MAX_SHOWN) };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    if (violations.length > 0) return;
  }
}

const MAX_SHOWN = 20;

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exit(1);
  },
);
