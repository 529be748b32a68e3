import type { Clock } from '../../clock';

interface Waiter {
  readonly enter: (leave: () => void) => void;
}

export interface GateOptions {
  readonly maxConcurrent: number;
  /** How long one waits for one's turn. */
  readonly waitMs: number;
  readonly clock: Clock;
  /** The error for whoever has waited in vain. */
  readonly refuse: () => Error;
}

/** Lets so many in at once; the next wait for their turn, in order, and not for ever. */
export class Gate {
  #inside = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly options: GateOptions) {}

  /** Resolves with the function by which one leaves (once; again does nothing). Rejects with the error of `refuse`. */
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
