import { readOptions, UsageError, whole } from '../../command-line';
import { MUTANTS } from '.';
import { runMutants } from './run-mutants';

const OPTIONS = '--mutants [--only NAME,…] [--seeds N] [--first SEED]';
const DEFAULT_SEEDS = 40;
const MAX_SEEDS = 100_000;

/** `npm run lab -- simulate --mutants`. Resolves to the exit code. */
export async function mutantsCommand(argv: readonly string[]): Promise<number> {
  const { only, seeds, first } = readOptions(
    argv,
    {
      mutants: { type: 'boolean' },
      only: { type: 'string' },
      seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
      first: { type: 'string', default: '1' },
    },
    OPTIONS,
  );
  return runMutants(
    only === undefined ? MUTANTS : only.split(',').map(named),
    { firstSeed: whole('--first', first, 1, MAX_SEEDS), maxSeeds: whole('--seeds', seeds, 1, MAX_SEEDS) },
    (line) => process.stdout.write(`${line}\n`),
  );
}

function named(name: string) {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  if (found) return found;
  throw new UsageError(
    `--only names ${name}; the mutants are ${MUTANTS.map((mutant) => mutant.name).join(', ')}.`,
  );
}
