import type { Clock } from '../../clock';

interface Waiter {
  readonly enter: (leave: () => void) => void;
}

export interface GateOptions {
  readonly maxConcurrent: number;
  /** How long an entrant waits for its turn, in milliseconds. */
  readonly waitMs: number;
  readonly clock: Clock;
  /** Makes the error for an entrant that has waited for `waitMs`. */
  readonly refuse: () => Error;
}

/** Admits a limited number of entrants at once; the others wait in order, each for a limited time. */
export class Gate {
  #inside = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly options: GateOptions) {}

  /**
   * Resolves with a function to call on leaving; calls after the first do nothing. Rejects with the error of
   * `refuse`.
   */
  enter(): Promise<() => void> {
    const { maxConcurrent, waitMs, clock, refuse } = this.options;
    if (this.#inside < maxConcurrent) return Promise.resolve(this.#admit());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        enter: (leave) => {
          timer.cancel();
          resolve(leave);
        },
      };
      const timer = clock.after(waitMs, () => {
        this.#waiters.delete(waiter);
        reject(refuse());
      });
      this.#waiters.add(waiter);
    });
  }

  #admit(): () => void {
    this.#inside += 1;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#inside -= 1;
      const [next] = this.#waiters;
      if (!next) return;
      this.#waiters.delete(next);
      next.enter(this.#admit());
    };
  }
}
