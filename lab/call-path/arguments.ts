import { parseArgs } from 'node:util';

export interface CallPathArguments {
  /** Maximum number of files on the way down; undefined: any number. */
  readonly maxFiles: number | undefined;
  /** Maximum number of calls back up, between rooms; undefined: any number. */
  readonly maxBackUp: number | undefined;
  readonly isJson: boolean;
  /** Counts callback members instead of running a read. */
  readonly countsCallbacks: boolean;
}

const OPTIONS = '--max-files N, --max-back-up N, --json, --callbacks';

/** An error that the user can fix: shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError naming the option, the value and the allowed values */
export function readArguments(argv: readonly string[]): CallPathArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        'max-files': { type: 'string' },
        'max-back-up': { type: 'string' },
        json: { type: 'boolean', default: false },
        callbacks: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nOptions: ${OPTIONS}`);
  }
  return {
    maxFiles: whole('--max-files', values['max-files']),
    maxBackUp: whole('--max-back-up', values['max-back-up']),
    isJson: values.json,
    countsCallbacks: values.callbacks,
  };
}

function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${option} is ${text}; it must be a whole number.`);
}
