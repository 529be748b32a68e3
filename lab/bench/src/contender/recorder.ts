import { type LatencySummary, summariseLatencies } from '../statistics';

/** Far more than one measurement makes; beyond it, the oldest are overwritten. */
const CAPACITY = 1 << 20;

/** Latencies and outcomes of one measurement; recording allocates nothing. */
export class Recorder {
  readonly #latenciesMs = new Float64Array(CAPACITY);
  #count = 0;
  wrong = 0;
  failed = 0;
  firstError: string | undefined;

  /** What was recorded since the last {@link reset}, without what is not counted. */
  get operations(): number {
    return this.#count;
  }

  reset(): void {
    this.#count = 0;
    this.wrong = 0;
    this.failed = 0;
    this.firstError = undefined;
  }

  answered(latencyMs: number, isRight: boolean): void {
    this.#latenciesMs[this.#count++ % CAPACITY] = latencyMs;
    if (!isRight) this.wrong += 1;
  }

  /** The latencies include failed operations, because their callers have waited. */
  gaveUp(latencyMs: number, error: unknown): void {
    this.#latenciesMs[this.#count++ % CAPACITY] = latencyMs;
    this.failed += 1;
    this.firstError ??= error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }

  get latencies(): LatencySummary {
    return summariseLatencies(this.#latenciesMs.subarray(0, Math.min(this.#count, CAPACITY)));
  }
}
