import { Contender } from './contender/contender';
import type { Sample } from './contender/protocol';
import type { Figures } from './figures';
import type { PeerName } from './peers';
import { cpuTimeMs } from './services/cpu-time';
import type { Stage, WiringOptions } from './stage';

/** How thoroughly a run measures. */
export interface Plan {
  readonly rounds: number;
  /** Of one measurement, without its warming up. */
  readonly measureMs: number;
  readonly warmMs: number;
  /** For statements, everybody; elsewhere the largest that makes sense. */
  readonly callers: readonly number[];
  /** Proves that everything runs, and nothing else. */
  readonly isSmoke: boolean;
  readonly soakSeconds: number;
  /** Where CPU profiles of the contenders are written; undefined: none are made. */
  readonly profileDirectory: string | undefined;
  /** Only these contenders, where statements are measured; undefined: all. */
  readonly contenders: readonly string[] | undefined;
}

export interface CostedSample extends Sample {
  /** Undefined where the machine does not tell. */
  readonly serverCpuMs: number | undefined;
}

/** One run: where it is measured, how, and what was measured so far. */
export class Bench {
  /** Processes between contenders and servers. */
  readonly helperPids: number[] = [];
  /** To be fast and wrong is no achievement. */
  wrongAnswers = 0;
  readonly #closers = new Set<() => Promise<void>>();

  constructor(
    readonly stage: Stage,
    readonly figures: Figures,
    readonly plan: Plan,
    readonly say: (line: string) => void,
  ) {}

  async contender(peer: PeerName, options: WiringOptions = {}): Promise<Contender> {
    const { shop } = this.stage;
    const contender = await Contender.start(
      { peer, wiring: this.stage.wiring(options), shop },
      this.plan.profileDirectory,
    );
    return this.use(contender);
  }

  /** Closed at the end of the work, or when it fails. */
  use<T extends { close(): Promise<void> }>(resource: T): T {
    this.#closers.add(() => resource.close());
    return resource;
  }

  async closeAll(): Promise<void> {
    const closers = [...this.#closers].reverse();
    this.#closers.clear();
    this.helperPids.length = 0;
    for (const close of closers) await close();
  }

  /** A measurement with what the servers, and Pgpool-II where it runs, spent on it. */
  async measure(contender: Contender, ...what: Parameters<Contender['measure']>): Promise<CostedSample> {
    const pids = [...this.stage.pids, ...this.helperPids];
    const beforeMs = cpuTimeMs(pids);
    const sample = await contender.measure(...what);
    const afterMs = cpuTimeMs(pids);
    return { ...sample, serverCpuMs: beforeMs === undefined ? undefined : (afterMs ?? NaN) - beforeMs };
  }

  /** Throughput, latencies and cost of one measurement. */
  record(work: string, circumstances: string, contender: string, sample: CostedSample): void {
    const { operations, durationMs, p50Ms, p99Ms, p999Ms } = sample;
    const answered = operations - sample.failed - sample.wrong;
    const values = {
      'operations/s': (answered * 1_000) / durationMs,
      'p50 ms': p50Ms,
      'p99 ms': p99Ms,
      'p99.9 ms': p999Ms,
      ...costOf(sample),
    };
    for (const [metric, value] of Object.entries(values)) {
      this.figures.add({ work, case: circumstances, contender, metric }, value);
    }
    this.noteFailures(work, circumstances, contender, sample);
  }

  noteFailures(work: string, circumstances: string, contender: string, sample: Sample): void {
    this.wrongAnswers += sample.wrong;
    if (sample.failed + sample.wrong === 0) return;
    const because = sample.firstError === undefined ? '' : `; the first: ${sample.firstError}`;
    this.figures.note(
      work,
      `${contender}, ${circumstances}: ${sample.failed} failed and ${sample.wrong} were answered wrongly, of ${sample.operations}${because}`,
    );
  }
}

/** On a machine that others use as well, CPU time says more than the time on the clock. */
function costOf({ cpuMs, serverCpuMs, allOperations }: CostedSample): Record<string, number> {
  const perOperation = (ms: number) => (ms * 1_000) / Math.max(1, allOperations);
  return {
    'client CPU µs': perOperation(cpuMs),
    ...(serverCpuMs !== undefined && { 'all CPU µs': perOperation(cpuMs + serverCpuMs) }),
  };
}

/** What `--only` can name. */
export interface WorkName {
  readonly name: string;
  readonly title: string;
}

/** Kinds of measurement that share their contenders. */
export interface WorkGroup {
  readonly works: readonly WorkName[];
  /** false: only when it is asked for by name. */
  readonly isDefault: boolean;
  /** @param wanted names of `works` */
  readonly run: (bench: Bench, wanted: readonly string[]) => Promise<void>;
}
