import type { Clock } from '../../clock';
import type { NodeLoad } from '../../routing/node-load';
import { RetryBudget } from '../limits/retry-budget';
import { HedgeDelays } from './hedge-delays';
import type { HedgingSettings } from './hedging-options';
import { HedgeRace, type HedgedRead, type RaceEnd } from './hedge-race';

export interface HedgedReadsOptions {
  readonly clock: Clock;
  readonly settings: HedgingSettings;
  readonly load: NodeLoad;
}

/** The minimum for quiet services, whose share of hedges would be near zero. */
const MIN_HEDGES_PER_SECOND = 1;

/** Asks a second node when a read is late, within a budget. */
export class HedgedReads {
  readonly #delays: HedgeDelays;
  readonly #budget: RetryBudget;

  constructor(private readonly options: HedgedReadsOptions) {
    const { settings, clock } = options;
    this.#delays = new HedgeDelays(settings);
    this.#budget = new RetryBudget({
      share: settings.maxShare,
      minPerSecond: MIN_HEDGES_PER_SECOND,
      clock,
    });
  }

  /** Runs a read on one node, and on a second one when the first is late. Never rejects. */
  run(read: HedgedRead): Promise<RaceEnd> {
    const { clock, load } = this.options;
    this.#budget.deposit();
    return new HedgeRace(read, {
      clock,
      delayMs: this.#delays.of(read.text),
      mayAskSecond: () => this.#budget.withdraw(),
      onLatency: (latencyMs) => this.#delays.record(read.text, latencyMs),
      load,
    }).end;
  }
}
