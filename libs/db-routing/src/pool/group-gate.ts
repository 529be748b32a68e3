import type { Clock } from '../clock';
import { GroupExhaustedError } from '../errors';

interface Waiter {
  readonly enter: (leave: () => void) => void;
}

/** Lets so many in at once; the next wait for their turn, in order, and not for ever. */
export class GroupGate {
  #inside = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(
    private readonly group: string,
    private readonly maxConcurrent: number,
    private readonly waitMs: number,
    private readonly clock: Clock,
  ) {}

  /** Resolves with the function by which one leaves (once; again does nothing). Rejects with GroupExhaustedError. */
  enter(): Promise<() => void> {
    if (this.#inside < this.maxConcurrent) return Promise.resolve(this.#admit());
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        enter: (leave) => {
          timer.cancel();
          resolve(leave);
        },
      };
      const timer = this.clock.after(this.waitMs, () => {
        this.#waiters.delete(waiter);
        reject(new GroupExhaustedError(this.group, this.maxConcurrent, this.waitMs));
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
