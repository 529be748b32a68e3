import { ConfigError } from '@app/service-kit';

const DEFAULT_WAIT_SECONDS = 300;
const MAX_WAIT_SECONDS = 3_600;
const WAIT = /^--wait(?:=(.*))?$/;

/** What `migrate` is asked to do. */
export type MigrateArguments =
  | { readonly seed: boolean; readonly waitTimeoutMs?: undefined }
  /** Migrates nothing: waits until someone else has. */
  | { readonly waitTimeoutMs: number };

/** @throws ConfigError naming each invalid argument */
export function readArguments(argv: readonly string[]): MigrateArguments {
  const unknown = argv.filter((argument) => argument !== '--seed' && !WAIT.test(argument));
  const problems = unknown.map((argument) => `${argument} is not an option; use --seed or --wait[=SECONDS]`);
  const waits = argv.filter((argument) => WAIT.test(argument));
  if (waits.length > 0 && argv.includes('--seed'))
    problems.push('--wait only reads, so it cannot be combined with --seed');
  const waitSeconds = waits.map((argument) => {
    const text = WAIT.exec(argument)?.[1];
    return text === undefined ? DEFAULT_WAIT_SECONDS : Number(text.trim() || NaN);
  });
  waitSeconds.forEach((seconds, index) => {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_WAIT_SECONDS)
      problems.push(`${waits[index]} must be a whole number of seconds from 1 to ${MAX_WAIT_SECONDS}`);
  });
  if (problems.length > 0) throw new ConfigError(problems);
  const seconds = waitSeconds.at(-1);
  return seconds === undefined ? { seed: argv.includes('--seed') } : { waitTimeoutMs: seconds * 1_000 };
}
