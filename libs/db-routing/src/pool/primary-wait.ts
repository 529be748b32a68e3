import type { Clock } from '../clock';
import { FailoverQueueFullError, NoPrimaryError } from '../errors';
import type { TopologySnapshot } from '../topology/snapshot';

export interface PrimaryWaitOptions {
  readonly clock: Clock;
  /** How long a write waits for a primary. */
  readonly waitMs: number;
  /** How many may wait at once. */
  readonly maxWaiting: number;
  readonly snapshot: () => TopologySnapshot;
}

interface Waiter {
  readonly go: () => void;
}

/**
 * Holds writes, and beginnings of transactions, while there is no primary: a planned promotion takes a second or two, and nobody needs to
 * notice. Only what has not been sent waits here, so nothing is ever executed twice.
 */
export class PrimaryWait {
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly options: PrimaryWaitOptions) {}

  /** Undefined when there is a primary; else resolves when there is one. Rejects like #wait(). */
  forPrimary(): Promise<void> | undefined {
    return this.options.snapshot().primary ? undefined : this.#wait();
  }

  /** Throws NoPrimaryError after `waitMs`, FailoverQueueFullError at once when too many wait. */
  async #wait(): Promise<void> {
    const { clock, waitMs, maxWaiting, snapshot } = this.options;
    if (this.#waiters.size >= maxWaiting) throw new FailoverQueueFullError(maxWaiting);
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        go: () => {
          timer.cancel();
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      const timer = clock.after(waitMs, () => {
        this.#waiters.delete(waiter);
        reject(new NoPrimaryError(`${snapshot().noPrimaryBecause}; waited ${waitMs} ms`));
      });
      this.#waiters.add(waiter);
    });
  }

  /** The topology has changed: whoever waited goes on if there is a primary now. */
  topologyChanged(): void {
    if (this.#waiters.size === 0 || !this.options.snapshot().primary) return;
    for (const waiter of [...this.#waiters]) waiter.go();
  }
}
