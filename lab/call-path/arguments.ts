import { readOptions, whole } from '../command-line';

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
const MAX = 100_000;

/** @throws UsageError naming the option, the value and the allowed values */
export function readArguments(argv: readonly string[]): CallPathArguments {
  const values = readOptions(
    argv,
    {
      'max-files': { type: 'string' },
      'max-back-up': { type: 'string' },
      json: { type: 'boolean', default: false },
      callbacks: { type: 'boolean', default: false },
    },
    OPTIONS,
  );
  return {
    maxFiles: atMost('--max-files', values['max-files']),
    maxBackUp: atMost('--max-back-up', values['max-back-up']),
    isJson: values.json,
    countsCallbacks: values.callbacks,
  };
}

function atMost(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : whole(option, text, 0, MAX);
}
