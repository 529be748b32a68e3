import type { StaleScore } from '../contract';

/** Counts stale reads with the token and without it, side by side. */
export class StaleScores {
  #withToken: StaleScore = { reads: 0, stale: 0 };
  #withoutToken: StaleScore = { reads: 0, stale: 0 };

  get all(): { readonly withToken: StaleScore; readonly withoutToken: StaleScore } {
    return { withToken: this.#withToken, withoutToken: this.#withoutToken };
  }

  count({ hasToken, isStale }: { readonly hasToken: boolean; readonly isStale: boolean }): void {
    const after = ({ reads, stale }: StaleScore): StaleScore => ({
      reads: reads + 1,
      stale: stale + Number(isStale),
    });
    if (hasToken) this.#withToken = after(this.#withToken);
    else this.#withoutToken = after(this.#withoutToken);
  }

  reset(): void {
    this.#withToken = { reads: 0, stale: 0 };
    this.#withoutToken = { reads: 0, stale: 0 };
  }
}
