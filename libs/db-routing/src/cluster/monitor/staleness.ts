import type { LogPosition } from '../../engine/position';

interface Sample {
  readonly log: LogPosition;
  /** When the primary was asked; its flushed position was at least `log` no earlier than this. */
  takenAtMs: number;
}

/**
 * How old a replica's data can be, measured without heartbeats and without trusting a clock but ours:
 * the primary's flushed WAL position is sampled over time, and a replica that has replayed up to a sample
 * has everything that was durable when that sample was taken. An idle primary gives zero growth, as it should;
 * while no sample arrives, staleness grows with time.
 */
export class StalenessHistory {
  readonly #samples: Sample[] = [];
  readonly #maxSamples: number;
  #timeline: number | undefined;

  constructor(options: { maxSamples: number }) {
    this.#maxSamples = options.maxSamples;
  }

  /** Records the primary's flushed position; `askedAtMs` is when the question was sent, so the bound holds. */
  record(log: LogPosition, timeline: number, askedAtMs: number): void {
    if (this.#timeline !== timeline) {
      // Positions of another timeline are not comparable.
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

  /** The newest position the primary is known to have flushed. */
  get newestLog(): LogPosition | undefined {
    return this.#samples.at(-1)?.log;
  }

  /**
   * How old, in milliseconds, the data of such a replica was when the primary was last heard of; undefined when it is behind everything that
   * was sampled.
   */
  behindMs(replayed: LogPosition): number | undefined {
    const last = this.#samples.at(-1);
    return last && this.stalenessMs(replayed, last.takenAtMs);
  }

  /**
   * An upper bound in milliseconds of how stale a replica is that has replayed up to `replayed`;
   * undefined when it is behind everything that was sampled, so that no bound is known.
   */
  stalenessMs(replayed: LogPosition, nowMs: number): number | undefined {
    for (let i = this.#samples.length - 1; i >= 0; i--) {
      const sample = this.#samples[i];
      if (sample && replayed.has(sample.log)) return Math.max(0, nowMs - sample.takenAtMs);
    }
    return undefined;
  }
}
