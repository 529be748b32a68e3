import type { Clock } from '../../clock';
import { FailoverQueueFullError, NoPrimaryError } from '../../errors';
import type { HasTopology } from '../../cluster/topology/snapshot';

export interface PrimaryWaitOptions {
  readonly clock: Clock;
  /** How long a write waits for a primary. */
  readonly waitMs: number;
  /** How many may wait at once. */
  readonly maxWaiting: number;
  readonly cluster: HasTopology;
}

/** What could not be sent is tried again at this pace, until the monitor knows more. */
const TRY_AGAIN_MS = 50;

interface Waiter {
  readonly go: () => void;
}

/**
 * Holds writes, and beginnings of transactions, while there is no primary: a planned promotion takes a second or two, and no caller needs to
 * notice. Only what has not been sent waits here, so nothing is ever executed twice.
 */
export class PrimaryWait {
  readonly #waiters = new Set<Waiter>();

  constructor(private readonly options: PrimaryWaitOptions) {}

  /**
   * Undefined when there is a primary; else resolves when there is one. `sinceMs`: when the waiting began, where that was earlier.
   * Rejects like #wait().
   */
  forPrimary(sinceMs?: number): Promise<void> | undefined {
    return this.options.cluster.topology.primary ? undefined : this.#wait(sinceMs);
  }

  /**
   * What failed before anything was sent may be sent again: the primary may be gone without the monitor knowing it yet, and the first write
   * that finds out waits like those after it. Undefined when the time is over that began with the first failure, at `sinceMs`; else resolves
   * when it is worth another try: `asked` has settled, and a moment has passed. Rejects with FailoverQueueFullError.
   */
  toTryAgain(sinceMs: number, asked: Promise<void>): Promise<void> | undefined {
    const { clock, waitMs } = this.options;
    if (clock.now() - sinceMs >= waitMs) return undefined;
    return Promise.all([asked, this.#pause()]).then(() => undefined);
  }

  async #pause(): Promise<void> {
    const { clock, maxWaiting } = this.options;
    if (this.#waiters.size >= maxWaiting) throw new FailoverQueueFullError(maxWaiting);
    await new Promise<void>((resolve) => {
      const waiter: Waiter = {
        go: () => {
          timer.cancel();
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      const timer = clock.after(TRY_AGAIN_MS, () => waiter.go());
      this.#waiters.add(waiter);
    });
  }

  /** Throws NoPrimaryError after `waitMs`, FailoverQueueFullError at once when too many wait. */
  async #wait(sinceMs = this.options.clock.now()): Promise<void> {
    const { clock, waitMs, maxWaiting, cluster } = this.options;
    const leftMs = Math.max(0, sinceMs + waitMs - clock.now());
    if (this.#waiters.size >= maxWaiting) throw new FailoverQueueFullError(maxWaiting);
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        go: () => {
          timer.cancel();
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      const timer = clock.after(leftMs, () => {
        this.#waiters.delete(waiter);
        reject(new NoPrimaryError(`${cluster.topology.noPrimaryBecause}; waited ${waitMs} ms`));
      });
      this.#waiters.add(waiter);
    });
  }

  /** The topology has changed: what waits goes on if there is a primary now. */
  topologyChanged(): void {
    if (this.#waiters.size === 0 || !this.options.cluster.topology.primary) return;
    for (const waiter of [...this.#waiters]) waiter.go();
  }
}
