import { namesIn, readOptions, UsageError } from '../command-line';

export interface VersionArguments {
  /** The major versions to run on. */
  readonly versions: readonly number[];
  /** Runs a small part of the suites. */
  readonly isSmoke: boolean;
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
  const values = readOptions(
    argv,
    {
      only: { type: 'string', multiple: true },
      smoke: { type: 'boolean', default: false },
    },
    OPTIONS,
  );
  const only = namesIn(values.only);
  const unknown = only?.filter((name) => !available.map(String).includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(`--only is ${unknown.join(', ')}; the versions are: ${available.join(', ')}`);
  }
  return { versions: only === undefined ? fallback : [...new Set(only.map(Number))], isSmoke: values.smoke };
}
