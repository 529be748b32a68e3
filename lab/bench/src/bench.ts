import { Contender } from './contender/contender';
import type { Sample } from './contender/protocol';
import type { Figures } from './figures';
import type { PeerName } from './peers';
import { cpuTimeMs } from './services/cpu-time';
import type { Stage, WiringOptions } from './stage';

/** How thoroughly a run measures. */
export interface Plan {
  readonly rounds: number;
  /** More rounds follow while figures vary, up to this many. */
  readonly maxRounds: number;
  /** The duration of one measurement, without warm-up. */
  readonly measureMs: number;
  readonly warmMs: number;
  /** Every contender runs the statements with each of these; other works use the largest that makes sense. */
  readonly callers: readonly number[];
  /** Only proves that everything runs. */
  readonly isSmoke: boolean;
  readonly soakSeconds: number;
  /** The directory for CPU profiles of the contenders and of our services; undefined: none. */
  readonly profileDirectory: string | undefined;
  /** Only these contenders, where statements are measured; undefined: all. */
  readonly contenders: readonly string[] | undefined;
  /** Only the requests whose method and path contain it; undefined: all. */
  readonly endpoint: string | undefined;
}

export interface CostedSample extends Sample {
  /** Undefined on systems that do not report it. */
  readonly serverCpuMs: number | undefined;
}

/** One run: where it measures, how, and what it has measured so far. */
export class Bench {
  /** Processes between contenders and servers. */
  readonly helperPids: number[] = [];
  /** Any wrong answer makes the run fail: being fast and wrong is no achievement. */
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

  /** A measurement together with the CPU time of the servers, and of Pgpool-II when it runs. */
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
      `${contender}, ${circumstances}: ${sample.failed} failed and ${sample.wrong} had wrong answers, of ${sample.operations}${because}`,
    );
  }
}

/** On a machine that is also busy with other work, CPU time says more than elapsed time. */
function costOf({ cpuMs, serverCpuMs, allOperations }: CostedSample): Record<string, number> {
  const perOperation = (ms: number) => (ms * 1_000) / Math.max(1, allOperations);
  return {
    'client CPU µs': perOperation(cpuMs),
    ...(serverCpuMs !== undefined && { 'all CPU µs': perOperation(cpuMs + serverCpuMs) }),
  };
}

/** A work that `--only` can name. */
export interface WorkName {
  readonly name: string;
  readonly title: string;
}

/** Kinds of measurement that share their contenders. */
export interface WorkGroup {
  readonly works: readonly WorkName[];
  /** False: runs only when named with --only. */
  readonly isDefault: boolean;
  /** @param wanted names of `works` */
  readonly run: (bench: Bench, wanted: readonly string[]) => Promise<void>;
}
