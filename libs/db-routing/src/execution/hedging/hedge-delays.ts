import type { HedgingSettings } from './hedging-options';
import { RunningPercentile } from './running-percentile';

/** Texts with inlined constants rarely repeat, so the oldest texts are dropped beyond this number. */
const MAX_TEXTS = 1000;

/**
 * How long to wait for a read before another node is asked. Based on past latencies of the same text, or of
 * all reads when the text is not known well enough.
 */
export class HedgeDelays {
  readonly #all: RunningPercentile;
  /** In insertion order: the oldest text comes first. */
  readonly #byText = new Map<string, RunningPercentile>();

  constructor(private readonly settings: HedgingSettings) {
    this.#all = new RunningPercentile(settings.percentile);
  }

  /** The delay in milliseconds; undefined while there are too few measurements. */
  of(text: string): number | undefined {
    const usualMs = this.#byText.get(text)?.ms ?? this.#all.ms;
    return usualMs === undefined ? undefined : Math.max(this.settings.minDelayMs, usualMs);
  }

  /** A node took `latencyMs` for a read, or would have taken longer when another node answered it. */
  record(text: string, latencyMs: number): void {
    this.#all.record(latencyMs);
    let own = this.#byText.get(text);
    if (!own) {
      own = new RunningPercentile(this.settings.percentile);
      this.#byText.set(text, own);
      if (this.#byText.size > MAX_TEXTS) this.#forgetOldest();
    }
    own.record(latencyMs);
  }

  #forgetOldest(): void {
    const [oldest] = this.#byText.keys();
    if (oldest !== undefined) this.#byText.delete(oldest);
  }
}
