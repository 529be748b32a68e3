import type { HedgingSettings } from './hedging-options';
import { RunningPercentile } from './running-percentile';

/** Texts with constants in them come once each: the oldest go. */
const MAX_TEXTS = 1000;

/** How long a read is waited for before another node is asked: by the latencies of its text; of a text little known, by those of all. */
export class HedgeDelays {
  readonly #all: RunningPercentile;
  /** The oldest first. */
  readonly #byText = new Map<string, RunningPercentile>();

  constructor(private readonly settings: HedgingSettings) {
    this.#all = new RunningPercentile(settings.percentile);
  }

  /** In milliseconds; undefined while nothing is known of any. */
  of(text: string): number | undefined {
    const usualMs = this.#byText.get(text)?.ms ?? this.#all.ms;
    return usualMs === undefined ? undefined : Math.max(this.settings.minDelayMs, usualMs);
  }

  /** A node took so long for a read, or longer if another one answered it. */
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
