/** Before this many measurements, nothing is said. */
const MIN_MEASUREMENTS = 20;
/** How far one measurement moves the estimate, as a share of it. */
const STEP = 0.1;

/**
 * The time that a given share of measurements does not exceed, of late. A measurement above the estimate lifts it, one below lowers it, in
 * such proportion that it rests where the share is right (stochastic approximation, Robbins and Monro, 1951). So a
 * measurement that was broken off above the estimate counts like one that was not.
 */
export class RunningPercentile {
  #measurements = 0;
  #ms = 0;

  constructor(private readonly percentile: number) {}

  /** Undefined while too little is known. */
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
