/** The estimate is undefined until there are this many measurements. */
const MIN_MEASUREMENTS = 20;
/** How far one measurement can move the estimate, as a share of it. */
const STEP = 0.1;

/**
 * A running estimate of the time that a given share of recent measurements does not exceed. A measurement
 * above the estimate raises it, one below lowers it, in a proportion that balances at that share (stochastic
 * approximation, Robbins and Monro, 1951). So a measurement that was cut off above the estimate counts like a
 * complete one.
 */
export class RunningPercentile {
  #measurements = 0;
  #ms = 0;

  constructor(private readonly percentile: number) {}

  /** The estimate in milliseconds; undefined while there are too few measurements. */
  get ms(): number | undefined {
    return this.#measurements < MIN_MEASUREMENTS ? undefined : this.#ms;
  }

  record(ms: number): void {
    this.#measurements += 1;
    if (this.#measurements <= MIN_MEASUREMENTS) this.#ms = Math.max(this.#ms, ms);
    else if (ms > this.#ms) this.#ms *= 1 + STEP * this.percentile;
    else this.#ms *= 1 - STEP * (1 - this.percentile);
  }
}
