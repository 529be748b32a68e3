import { parseArgs } from 'node:util';
import { UsageError } from '../../faults/arguments';
import { MUTANTS } from '.';
import { runMutants } from './run-mutants';

const OPTIONS = '--mutants [--only NAME,…] [--seeds N] [--first SEED]';
const DEFAULT_SEEDS = 40;
const MAX_SEEDS = 100_000;

/** `npm run lab -- simulate --mutants`. Resolves to the exit code. */
export async function mutantsCommand(argv: readonly string[]): Promise<number> {
  const { only, seeds, first } = valuesOf(argv);
  return runMutants(
    only === undefined ? MUTANTS : only.split(',').map(named),
    { firstSeed: whole('--first', first), maxSeeds: whole('--seeds', seeds) },
    (line) => process.stdout.write(`${line}\n`),
  );
}

function valuesOf(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        mutants: { type: 'boolean' },
        only: { type: 'string' },
        seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
        first: { type: 'string', default: '1' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nOptions: ${OPTIONS}`);
  }
}

function named(name: string) {
  const found = MUTANTS.find((mutant) => mutant.name === name);
  if (found) return found;
  throw new UsageError(
    `--only names ${name}; the mutants are ${MUTANTS.map((mutant) => mutant.name).join(', ')}.`,
  );
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= MAX_SEEDS) return value;
  throw new UsageError(`${option} is ${text}; it must be a whole number from 1 to ${MAX_SEEDS}.`);
}
