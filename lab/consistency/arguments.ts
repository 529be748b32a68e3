import { readOptions, UsageError, whole } from '../command-line';

export interface ConsistencyArguments {
  /** How long faults are injected. Measuring shares, start and healing take additional time. */
  readonly seconds: number;
  readonly seed: number;
  readonly jsonFile: string | undefined;
  /** Which mutants to run, to see whether the checker catches what each of them breaks. */
  readonly mutants: readonly string[];
  /** Runs one schedule, with the product unchanged or as modified by a module loaded earlier. */
  readonly scenario: string | undefined;
  /** Keeps the logs of the services there. */
  readonly logDirectory: string | undefined;
}

const OPTIONS = '--seconds N, --seed S, --json FILE, --mutant NAME|all, --scenario NAME, --logs DIRECTORY';
const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 3_600;
const MAX_SEED = 2 ** 31 - 1;

/** @throws UsageError naming the option, the value and the allowed values */
export function readArguments(argv: readonly string[], mutants: readonly string[]): ConsistencyArguments {
  const values = readOptions(
    argv,
    {
      seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
      seed: { type: 'string' },
      json: { type: 'string' },
      mutant: { type: 'string' },
      scenario: { type: 'string' },
      logs: { type: 'string' },
    },
    OPTIONS,
  );
  const { seconds, seed, json, mutant, scenario, logs } = values;
  return {
    seconds: whole('--seconds', seconds, 1, MAX_SECONDS),
    seed: seed === undefined ? Math.floor(Math.random() * MAX_SEED) : whole('--seed', seed, 0, MAX_SEED),
    jsonFile: json,
    mutants:
      mutant === 'all'
        ? mutants
        : mutant === undefined
          ? []
          : [known('--mutant', mutant, ['all', ...mutants])],
    scenario: scenario === undefined ? undefined : known('--scenario', scenario, mutants),
    logDirectory: logs,
  };
}

function known(option: string, value: string, names: readonly string[]): string {
  if (names.includes(value)) return value;
  throw new UsageError(`${option} is ${value}; it must be one of ${names.join(', ')}.`);
}
