import { Contender } from './contender/contender';
import type { Sample } from './contender/protocol';
import type { Figures } from './figures';
import type { PeerName } from './peers';
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
}

/** One run: where it is measured, how, and what was measured so far. */
export class Bench {
  readonly #closers = new Set<() => Promise<void>>();

  constructor(
    readonly stage: Stage,
    readonly figures: Figures,
    readonly plan: Plan,
    readonly say: (line: string) => void,
  ) {}

  async contender(peer: PeerName, options: WiringOptions = {}): Promise<Contender> {
    const { shop } = this.stage;
    const contender = await Contender.start({ peer, wiring: this.stage.wiring(options), shop });
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
    for (const close of closers) await close();
  }

  /** Throughput, latencies and cost of one measurement. */
  record(work: string, circumstances: string, contender: string, sample: Sample): void {
    const { operations, durationMs, p50Ms, p99Ms, p999Ms, cpuUsPerOperation } = sample;
    const answered = operations - sample.failed - sample.wrong;
    const values = {
      'operations/s': (answered * 1_000) / durationMs,
      'p50 ms': p50Ms,
      'p99 ms': p99Ms,
      'p99.9 ms': p999Ms,
      'client CPU µs/operation': cpuUsPerOperation,
    };
    for (const [metric, value] of Object.entries(values)) {
      this.figures.add({ work, case: circumstances, contender, metric }, value);
    }
    this.noteFailures(work, circumstances, contender, sample);
  }

  noteFailures(work: string, circumstances: string, contender: string, sample: Sample): void {
    if (sample.failed + sample.wrong === 0) return;
    const because = sample.firstError === undefined ? '' : `; the first: ${sample.firstError}`;
    this.figures.note(
      work,
      `${contender}, ${circumstances}: ${sample.failed} failed and ${sample.wrong} were answered wrongly, of ${sample.operations}${because}`,
    );
  }
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
