import type { Clock } from '../../clock';

export interface RetryBudgetOptions {
  /** Retries allowed per request: a share, such as 0.2. */
  readonly share: number;
  /** Retries per second that are always allowed, so that a quiet service can retry at all. */
  readonly minPerSecond: number;
  readonly clock: Clock;
}

/** The budget can save up at most what this much time earns. */
const WINDOW_MS = 10_000;

/**
 * Keeps retries from multiplying the load during an outage: every read deposits a share of a retry, every
 * retry withdraws one (as in Finagle's RetryBudget). Savings fade over time.
 */
export class RetryBudget {
  #balance: number;
  #countedAtMs: number;

  constructor(private readonly options: RetryBudgetOptions) {
    this.#balance = this.#reserve;
    this.#countedAtMs = options.clock.now();
  }

  /** Call this for every first attempt. */
  deposit(): void {
    this.#settle();
    this.#balance += this.options.share;
  }

  /** Whether one more attempt is allowed; if so, it is deducted. */
  withdraw(): boolean {
    this.#settle();
    if (this.#balance < 1) return false;
    this.#balance -= 1;
    return true;
  }

  get #reserve(): number {
    return (this.options.minPerSecond * WINDOW_MS) / 1000;
  }

  /** Moves towards the reserve: savings above it fade, debts below it are forgiven. */
  #settle(): void {
    const nowMs = this.options.clock.now();
    const passedMs = Math.min(WINDOW_MS, nowMs - this.#countedAtMs);
    this.#countedAtMs = nowMs;
    this.#balance += (this.#reserve - this.#balance) * (passedMs / WINDOW_MS);
  }
}
