import { parseArgs, type ParseArgsConfig } from 'node:util';

/** An error that the user can fix: shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Reads the options. Throws UsageError with `usage` when one is unknown or lacks its value. */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  argv: readonly string[],
  options: T,
  usage: string,
) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nOptions: ${usage}`);
  }
}

/** Throws UsageError unless the text is a whole number within the limits. */
export function whole(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new UsageError(`${option} is ${text}; it must be a whole number from ${low} to ${high}.`);
}

/** The names in an option that may be repeated, each time with several, separated by commas. */
export function namesIn(lists: readonly string[] | undefined): string[] | undefined {
  return lists?.flatMap((list) => list.split(',')).map((name) => name.trim());
}

/** What to print about a failure, and the exit code: 2 when the user can fix it, or else `otherwise`. */
export function describeFailure(error: unknown, otherwise: number): { text: string; exitCode: number } {
  if (error instanceof UsageError) return { text: error.message, exitCode: 2 };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text, exitCode: otherwise };
}

/**
 * Ends the process with the exit code of the work. Exits explicitly: Node 20 can spin for ever while it
 * closes what it takes for open handles.
 */
export function exitAfter(work: Promise<number>, otherwise: number): void {
  work.then(
    (exitCode) => process.exit(exitCode),
    (error: unknown) => {
      const { text, exitCode } = describeFailure(error, otherwise);
      process.stderr.write(`${text}\n`);
      process.exit(exitCode);
    },
  );
}
