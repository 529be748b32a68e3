/** The reserve is what this much time earns; see the library's RetryBudget. */
const WINDOW_MS = 10_000;
/** Attempts are counted when they begin or end, so the two accounts may differ by those under way. */
const SLACK = 12;

/** A second account of a budget, kept by the checks: attempts beyond it have had no leave. */
export class ShadowBudget {
  #balance: number;
  #countedAtMs = 0;

  constructor(
    private readonly share: number,
    private readonly minPerSecond: number,
  ) {
    this.#balance = this.#reserve;
  }

  earn(nowMs: number): void {
    this.#settle(nowMs);
    this.#balance += this.share;
  }

  /** Returns false when the budget cannot have allowed this. */
  spend(nowMs: number): boolean {
    this.#settle(nowMs);
    this.#balance -= 1;
    return this.#balance > -SLACK;
  }

  get #reserve(): number {
    return (this.minPerSecond * WINDOW_MS) / 1_000;
  }

  #settle(nowMs: number): void {
    const passedMs = Math.min(WINDOW_MS, nowMs - this.#countedAtMs);
    this.#countedAtMs = nowMs;
    this.#balance += (this.#reserve - this.#balance) * (passedMs / WINDOW_MS);
  }
}
