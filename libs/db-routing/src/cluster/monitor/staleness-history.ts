import type { LogPosition } from '../../engine/position';

interface Sample {
  readonly log: LogPosition;
  /** When the primary was asked, in milliseconds: everything durable at that time is within `log`. */
  takenAtMs: number;
}

/**
 * Measures how old a replica's data can be, without heartbeats and with no clock but ours. It samples the
 * primary's flushed position over time: a replica that has replayed up to a sample has everything that was
 * durable when the sample was taken. An idle primary makes no replica stale, as it should; while no sample
 * arrives, staleness grows with time.
 */
export class StalenessHistory {
  readonly #samples: Sample[] = [];
  readonly #maxSamples: number;
  #timeline: number | undefined;

  constructor(options: { maxSamples: number }) {
    this.#maxSamples = options.maxSamples;
  }

  /**
   * Records the primary's flushed position. `askedAtMs` is when the question was sent, so that the bound
   * holds.
   */
  record(log: LogPosition, timeline: number, askedAtMs: number): void {
    if (this.#timeline !== timeline) {
      // Positions on another timeline do not compare.
      this.#samples.length = 0;
      this.#timeline = timeline;
    }
    const last = this.#samples.at(-1);
    if (last && !log.has(last.log)) return;
    if (last?.log.has(log)) {
      last.takenAtMs = askedAtMs;
      return;
    }
    this.#samples.push({ log, takenAtMs: askedAtMs });
    if (this.#samples.length > this.#maxSamples) this.#samples.shift();
  }

  /** The timeline that the samples belong to. */
  get timeline(): number | undefined {
    return this.#timeline;
  }

  /** The newest position that the primary is known to have flushed. */
  get newestLog(): LogPosition | undefined {
    return this.#samples.at(-1)?.log;
  }

  /**
   * Returns how old the data of such a replica was when the primary last answered, in milliseconds; undefined
   * when the replica is behind all samples.
   */
  behindMs(replayed: LogPosition): number | undefined {
    const last = this.#samples.at(-1);
    return last && this.stalenessMs(replayed, last.takenAtMs);
  }

  /**
   * Returns an upper bound, in milliseconds, of the staleness of a replica that has replayed up to
   * `replayed`; undefined when it is behind all samples, so that no bound is known.
   */
  stalenessMs(replayed: LogPosition, nowMs: number): number | undefined {
    for (let i = this.#samples.length - 1; i >= 0; i--) {
      const sample = this.#samples[i];
      if (sample && replayed.has(sample.log)) return Math.max(0, nowMs - sample.takenAtMs);
    }
    return undefined;
  }
}
