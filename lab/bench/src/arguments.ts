import { parseArgs } from 'node:util';
import type { Plan } from './bench';
import { everyPeer, type PeerName } from './peers';
import { ENDPOINTS } from './works/http';

export interface BenchArguments {
  /** Names of works; undefined: all that run by default. */
  readonly only: readonly string[] | undefined;
  readonly jsonFile: string | undefined;
  readonly plan: Plan;
  /** Whether to write docs/benchmarks.md. */
  readonly writeDocs: boolean;
  readonly list: boolean;
  /** Further options of RoutedPool.start(), for experiments. */
  readonly poolOptions: Readonly<Record<string, unknown>>;
}

/** An error that the user can fix: shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const USAGE =
  'Options: --only WORK[,WORK…] (repeatable), --json FILE, --smoke, --rounds N, --measure-ms N, --callers N[,N…], ' +
  '--contenders NAME[,NAME…], --endpoint TEXT (http), --profile DIRECTORY (CPU profiles and flame graphs), --seconds N (soak), --pool-options JSON, --write-docs, --list';
const DEFAULTS = { rounds: 3, maxRounds: 8, measureMs: 1_700, warmMs: 700, callers: undefined };
const SMOKE = { rounds: 1, maxRounds: 1, measureMs: 120, warmMs: 0, callers: [8] };
const DEFAULT_SOAK_SECONDS = 60;
const SMOKE_SOAK_SECONDS = 2;

/** @throws UsageError naming the option, the value and the allowed values */
export function readArguments(argv: readonly string[], names: readonly string[]): BenchArguments {
  const values = parse(argv);
  const only = values.only?.flatMap((list) => list.split(',')).map((name) => name.trim());
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(`--only is ${unknown.join(', ')}; the works are: ${names.join(', ')}`);
  }
  if (values['write-docs'] && (only !== undefined || values.smoke)) {
    throw new UsageError('--write-docs needs a full run, so it goes neither with --only nor with --smoke.');
  }
  const base = values.smoke ? SMOKE : DEFAULTS;
  return {
    only,
    jsonFile: values.json,
    writeDocs: values['write-docs'],
    list: values.list,
    poolOptions: readJson(values['pool-options']),
    plan: {
      rounds: readNumber('--rounds', values.rounds, base.rounds),
      maxRounds: readNumber('--rounds', values.rounds, base.maxRounds),
      measureMs: readNumber('--measure-ms', values['measure-ms'], base.measureMs),
      warmMs: base.warmMs,
      callers:
        values.callers === undefined
          ? base.callers
          : values.callers.split(',').map((text) => readNumber('--callers', text, 1)),
      isSmoke: values.smoke,
      profileDirectory: values.profile,
      contenders: readContenders(values.contenders),
      endpoint: readEndpoint(values.endpoint),
      soakSeconds: readNumber(
        '--seconds',
        values.seconds,
        values.smoke ? SMOKE_SOAK_SECONDS : DEFAULT_SOAK_SECONDS,
      ),
    },
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
        smoke: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        'measure-ms': { type: 'string' },
        callers: { type: 'string' },
        seconds: { type: 'string' },
        profile: { type: 'string' },
        contenders: { type: 'string' },
        endpoint: { type: 'string' },
        'pool-options': { type: 'string' },
        'write-docs': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

function readContenders(text: string | undefined): readonly PeerName[] | undefined {
  return text?.split(',').map((name) => {
    const known = everyPeer.find((each) => each === name);
    if (known !== undefined) return known;
    throw new UsageError(`--contenders is ${name}; the contenders are: ${everyPeer.join(', ')}`);
  });
}

function readEndpoint(text: string | undefined): string | undefined {
  const names = Object.keys(ENDPOINTS);
  if (text === undefined || names.some((name) => name.includes(text))) return text;
  throw new UsageError(`--endpoint is ${text}; the endpoints are: ${names.join(', ')}`);
}

function readNumber(option: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new UsageError(`${option} is ${text}; it must be a whole number of at least 1.`);
}

function readJson(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // The error is the same for invalid JSON and for JSON that is not an object.
  }
  throw new UsageError(`--pool-options is ${text}; it must be a JSON object.`);
}
