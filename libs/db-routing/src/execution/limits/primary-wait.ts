import type { Clock } from '../../clock';
import { FailoverQueueFullError, NoPrimaryError } from '../../errors';
import type { HasTopology } from '../../cluster/topology/snapshot';

export interface PrimaryWaitOptions {
  readonly clock: Clock;
  /** How long a write waits for a primary, in milliseconds. */
  readonly waitMs: number;
  /** Maximum number of waiters. */
  readonly maxWaiting: number;
  readonly cluster: HasTopology;
}

/** Interval between attempts to send, in milliseconds, until the monitor reports a change. */
const TRY_AGAIN_MS = 50;

/**
 * Holds writes and transaction starts while there is no primary: a planned promotion takes a second or two,
 * and callers need not notice it. Only statements that have not been sent wait here, so none is executed
 * twice.
 */
export class PrimaryWait {
  readonly #waiters = new Set<() => void>();

  constructor(private readonly options: PrimaryWaitOptions) {}

  /**
   * Undefined when there is a primary; otherwise resolves when there is one. `sinceMs`: when the wait began,
   * if earlier than now. Rejects with NoPrimaryError after `waitMs`, and with FailoverQueueFullError at once
   * when `maxWaiting` others wait.
   */
  forPrimary(sinceMs?: number): Promise<void> | undefined {
    return this.options.cluster.topology.primary ? undefined : this.#wait(sinceMs);
  }

  /**
   * Waits before another attempt at work that failed before it was sent: the primary may be gone before the
   * monitor has noticed. Undefined when `waitMs` have passed since the first failure at `sinceMs`; otherwise
   * resolves when `asked` has settled and a short pause is over. Rejects with FailoverQueueFullError when
   * `maxWaiting` others wait.
   */
  toTryAgain(sinceMs: number, asked: Promise<void>): Promise<void> | undefined {
    const { clock, waitMs } = this.options;
    if (clock.now() - sinceMs >= waitMs) return undefined;
    return Promise.all([asked, this.#released(TRY_AGAIN_MS)]).then(() => undefined);
  }

  async #wait(sinceMs = this.options.clock.now()): Promise<void> {
    const { clock, waitMs, cluster } = this.options;
    const leftMs = Math.max(0, sinceMs + waitMs - clock.now());
    if (await this.#released(leftMs)) return;
    throw new NoPrimaryError(`${cluster.topology.noPrimaryBecause}; waited ${waitMs} ms`);
  }

  /**
   * Resolves with true when topologyChanged() releases the caller, with false after `limitMs`. Rejects with
   * FailoverQueueFullError when `maxWaiting` others wait.
   */
  async #released(limitMs: number): Promise<boolean> {
    const { clock, maxWaiting } = this.options;
    if (this.#waiters.size >= maxWaiting) throw new FailoverQueueFullError(maxWaiting);
    return new Promise<boolean>((resolve) => {
      const settle = (isReleased: boolean) => {
        timer.cancel();
        this.#waiters.delete(release);
        resolve(isReleased);
      };
      const release = () => settle(true);
      const timer = clock.after(limitMs, () => settle(false));
      this.#waiters.add(release);
    });
  }

  /** Call this on every topology change: releases all waiters once there is a primary. */
  topologyChanged(): void {
    if (this.#waiters.size === 0 || !this.options.cluster.topology.primary) return;
    for (const release of [...this.#waiters]) release();
  }
}
