import { namesIn, readOptions, UsageError } from '../command-line';

export interface FaultArguments {
  /** Names of the rows to run; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly jsonFile: string | undefined;
  readonly list: boolean;
  /** Whether to write docs/reliability.md from the measurements. */
  readonly writeDocs: boolean;
  /** Keeps the logs of the services there. */
  readonly logDirectory: string | undefined;
}

/** @throws UsageError naming the option, the value and the allowed values */
export function readArguments(argv: readonly string[], names: readonly string[]): FaultArguments {
  const values = readOptions(
    argv,
    {
      only: { type: 'string', multiple: true },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      'write-docs': { type: 'boolean', default: false },
      logs: { type: 'string' },
    },
    '--only NAME[,NAME…] (repeatable), --json FILE, --list, --write-docs, --logs DIRECTORY',
  );
  const only = namesIn(values.only);
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(`--only is ${unknown.join(', ')}; the rows are:\n  ${names.join('\n  ')}`);
  }
  if (values['write-docs'] && only !== undefined) {
    throw new UsageError('--write-docs needs every row, so it does not go with --only.');
  }
  return {
    only,
    jsonFile: values.json,
    list: values.list,
    writeDocs: values['write-docs'],
    logDirectory: values.logs,
  };
}
