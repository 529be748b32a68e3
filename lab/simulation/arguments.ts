import { readOptions, UsageError, whole } from '../command-line';
import type { ScalePlan } from './scale/plan';

export interface SimulationArguments {
  /** The seeds to run, one after the other. */
  readonly from: number;
  /** How many; undefined: as many as fit into `seconds`. */
  readonly count: number | undefined;
  readonly seconds: number | undefined;
  /** How many processes share the seeds. */
  readonly processes: number;
  /** Reduces the faults of a failing seed to those that it takes. */
  readonly isMinimised: boolean;
  /** Whether the regression seeds run first, as they do unless one seed is replayed. */
  readonly hasRegressions: boolean;
  /** Writes the history of a replayed seed there, one line of JSON for each operation. */
  readonly jsonFile: string | undefined;
  /** Runs one large cluster for a long virtual time instead of seeds. */
  readonly scale: ScalePlan | undefined;
  /** Plays the scenarios whose names contain this on the simulated cluster and on a real one; '': all. */
  readonly fidelity: string | undefined;
}

const OPTIONS =
  '--seed S [--minimise] [--json FILE], --seeds N [--from S] [--processes N], --seconds N [--processes N], ' +
  '--scale [--nodes N] [--sessions N] [--minutes N] [--seed S], --fidelity [--only TEXT] [--seed S], ' +
  '--mutants [--only NAME,…] [--seeds N] [--first SEED], --coverage [--seeds N] [--where [FILE]]';
const MAX_SEED = 2 ** 31 - 1;
const DEFAULT_SECONDS = 60;
const MAX_PROCESSES = 256;

/** @throws UsageError naming the option, the value and the allowed values */
export function readArguments(argv: readonly string[]): SimulationArguments {
  const values = readOptions(
    argv,
    {
      seed: { type: 'string' },
      seeds: { type: 'string' },
      from: { type: 'string' },
      seconds: { type: 'string' },
      processes: { type: 'string' },
      minimise: { type: 'boolean', default: false },
      json: { type: 'string' },
      fidelity: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      scale: { type: 'boolean', default: false },
      nodes: { type: 'string', default: '300' },
      sessions: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '60' },
    },
    OPTIONS,
  );
  const { seed, seeds, from, seconds, minimise, json } = values;
  const scale = values.scale ? planOf(values) : undefined;
  const fidelity = values.fidelity ? values.only : undefined;
  const ways = Object.entries({ seed, seeds, seconds }).filter(([, value]) => value !== undefined);
  if (ways.length > 1) {
    throw new UsageError(
      `--${ways.map(([name]) => name).join(' and --')} exclude each other.\nOptions: ${OPTIONS}`,
    );
  }
  if (minimise && seed === undefined) throw new UsageError(`--minimise needs --seed.\nOptions: ${OPTIONS}`);
  const first = whole('--from', from ?? String(1 + Math.floor(Math.random() * (MAX_SEED / 2))), 0, MAX_SEED);
  if (seed !== undefined && values.processes !== undefined)
    throw new UsageError(`--processes needs --seeds or --seconds.\nOptions: ${OPTIONS}`);
  const processes = whole('--processes', values.processes ?? '1', 1, MAX_PROCESSES);
  if (seed !== undefined) {
    return {
      from: whole('--seed', seed, 0, MAX_SEED),
      count: 1,
      seconds: undefined,
      processes,
      isMinimised: minimise,
      hasRegressions: false,
      jsonFile: json,
      scale,
      fidelity,
    };
  }
  const common = { processes, isMinimised: false, hasRegressions: true, jsonFile: json, scale, fidelity };
  if (seeds !== undefined) {
    const start = from === undefined ? 1 : first;
    return { from: start, count: whole('--seeds', seeds, 1, 1_000_000), seconds: undefined, ...common };
  }
  const forSeconds = whole('--seconds', seconds ?? String(DEFAULT_SECONDS), 1, 86_400);
  return { from: first, count: undefined, seconds: forSeconds, ...common };
}

function planOf(
  values: Readonly<Record<'nodes' | 'sessions' | 'minutes', string>> & { readonly seed?: string },
): ScalePlan {
  return {
    seed: whole('--seed', values.seed ?? '1', 0, MAX_SEED),
    nodes: whole('--nodes', values.nodes, 6, 1_000),
    sessions: whole('--sessions', values.sessions, 3, 100_000),
    minutes: whole('--minutes', values.minutes, 4, 24 * 60),
  };
}
