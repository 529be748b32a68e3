import { parseArgs } from 'node:util';

export interface VersionArguments {
  /** The major versions to run on. */
  readonly versions: readonly number[];
  /** Runs a small part of the suites. */
  readonly isSmoke: boolean;
}

/** An error that the user can fix: shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = '--only VERSION[,VERSION…] (repeatable), --smoke';

/**
 * Reads the command line; without `--only`, the versions are `fallback`.
 *
 * @throws UsageError naming the option, the value and the allowed values
 */
export function readArguments(
  argv: readonly string[],
  available: readonly number[],
  fallback: readonly number[],
): VersionArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string', multiple: true },
        smoke: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nOptions: ${OPTIONS}`);
  }
  const only = values.only?.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = only?.filter((name) => !available.map(String).includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(`--only is ${unknown.join(', ')}; the versions are: ${available.join(', ')}`);
  }
  return { versions: only === undefined ? fallback : [...new Set(only.map(Number))], isSmoke: values.smoke };
}
