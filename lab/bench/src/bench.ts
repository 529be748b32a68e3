import { Contender } from './contender/contender';
import type { ClosedLoad, OpenLoad, Sample } from './contender/protocol';
import type { Figures } from './figures';
import type { PeerName } from './peers';
import type { Schedule } from './schedule';
import { cpuTimeMs } from './services/cpu-time';
import type { Stage, WiringOptions } from './stage';

/** How thoroughly a run measures. */
export interface Plan {
  readonly rounds: number;
  /** More rounds follow while figures vary, up to this many. */
  readonly maxRounds: number;
  /** The duration of one measurement, without warm-up. */
  readonly measureMs: number;
  /** Before each measurement: while others run, a contender loses idle connections and compiled code. */
  readonly warmMs: number;
  /** Every contender runs the statements with each of these; undefined: with those that the work names. */
  readonly callers: readonly number[] | undefined;
  /** Only proves that everything runs. */
  readonly isSmoke: boolean;
  readonly soakSeconds: number;
  /** The directory for CPU profiles of the contenders and of our services; undefined: none. */
  readonly profileDirectory: string | undefined;
  /** Only these contenders, where statements are measured; undefined: all. */
  readonly contenders: readonly PeerName[] | undefined;
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
    readonly schedule: Schedule,
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
  measure(contender: Contender, ...what: Parameters<Contender['measure']>): Promise<CostedSample> {
    return this.measureTogether([contender], ...what);
  }

  /** The same by several contenders at once: what they have done together, with the slowest's latencies. */
  async measureTogether(
    contenders: readonly Contender[],
    works: string | readonly string[],
    load: ClosedLoad | OpenLoad,
    durationMs: number,
  ): Promise<CostedSample> {
    const measure = (counted: ClosedLoad | OpenLoad, ms: number) =>
      Promise.all(contenders.map((contender) => contender.measure(works, counted, ms)));
    const isCold = load.kind === 'closed' && load.warmMs > 0;
    const counted = isCold ? { ...load, warmMs: 0 } : load;
    // A measurement of its own, so that its CPU time does not count either.
    if (isCold) await measure(counted, load.warmMs);
    const pids = [...this.stage.pids, ...this.helperPids];
    const beforeMs = cpuTimeMs(pids);
    const samples = await measure(counted, durationMs);
    const afterMs = cpuTimeMs(pids);
    return {
      ...sumOf(samples),
      serverCpuMs: beforeMs === undefined ? undefined : (afterMs ?? NaN) - beforeMs,
    };
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

function sumOf(samples: readonly Sample[]): Sample {
  const sum = (of: (sample: Sample) => number) => samples.reduce((total, sample) => total + of(sample), 0);
  const most = (of: (sample: Sample) => number) => Math.max(...samples.map(of));
  return {
    operations: sum(({ operations }) => operations),
    durationMs: sum(({ durationMs }) => durationMs) / samples.length,
    wrong: sum(({ wrong }) => wrong),
    failed: sum(({ failed }) => failed),
    firstError: samples.find(({ firstError }) => firstError !== undefined)?.firstError,
    allOperations: sum(({ allOperations }) => allOperations),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    peakRssBytes: sum(({ peakRssBytes }) => peakRssBytes),
    p50Ms: most(({ p50Ms }) => p50Ms),
    p99Ms: most(({ p99Ms }) => p99Ms),
    p999Ms: most(({ p999Ms }) => p999Ms),
  };
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
  /** Whether it measures longer where there is time. */
  readonly isExtensible?: boolean;
  /** How long it takes until the first of its works begins, if the works share what they need. */
  readonly startMs?: (plan: Plan, wanted: readonly string[]) => number;
  /** How long one of `works` takes, about, without what it measures longer. */
  readonly expectedMs: (plan: Plan, name: string) => number;
  /** @param wanted names of `works` */
  readonly run: (bench: Bench, wanted: readonly string[]) => Promise<void>;
}
