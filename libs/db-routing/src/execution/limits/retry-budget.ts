import type { Clock } from '../../clock';

export interface RetryBudgetOptions {
  /** Retries for each request, as a share. */
  readonly share: number;
  /** Retries a second that are always allowed, so that a quiet service may retry at all. */
  readonly minPerSecond: number;
  readonly clock: Clock;
}

/** How much may be saved up: as much as this time's share. */
const WINDOW_MS = 10_000;

/**
 * Keeps a bad day from doubling the load: every read deposits a share of a retry, every retry withdraws one
 * (as in Finagle's RetryBudget). Savings fade with time.
 */
export class RetryBudget {
  #balance: number;
  #countedAtMs: number;

  constructor(private readonly options: RetryBudgetOptions) {
    this.#balance = this.#reserve;
    this.#countedAtMs = options.clock.now();
  }

  /** A first attempt was made. */
  deposit(): void {
    this.#settle();
    this.#balance += this.options.share;
  }

  /** Whether one more attempt may be made; it counts then. */
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
