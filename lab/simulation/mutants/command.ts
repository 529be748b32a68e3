import { readOptions, UsageError, whole } from '../../command-line';
import { MUTANTS } from '.';
import { REGRESSIONS } from '../runner/regressions';
import { checkRegressions } from './check-regressions';
import { runMutants } from './run-mutants';

const OPTIONS = '--mutants [--only NAME,…] [--seeds N] [--first SEED], --mutants --regressions';
const DEFAULT_SEEDS = 40;
const MAX_SEEDS = 100_000;

/** `npm run lab -- simulate --mutants`. Resolves to the exit code. */
export async function mutantsCommand(argv: readonly string[]): Promise<number> {
  const { only, seeds, first, regressions } = readOptions(
    argv,
    {
      mutants: { type: 'boolean' },
      only: { type: 'string' },
      seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
      first: { type: 'string', default: '1' },
      regressions: { type: 'boolean', default: false },
    },
    OPTIONS,
  );
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  if (regressions) return checkRegressions(REGRESSIONS, say);
  return runMutants(
    only === undefined ? MUTANTS : only.split(',').map(named),
    { firstSeed: whole('--first', first, 1, MAX_SEEDS), maxSeeds: whole('--seeds', seeds, 1, MAX_SEEDS) },
    say,
  );
}

function named(name: string) {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  if (found) return found;
  throw new UsageError(
    `--only names ${name}; the mutants are ${MUTANTS.map((mutant) => mutant.name).join(', ')}.`,
  );
}
