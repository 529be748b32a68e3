import type { Clock } from '../../clock';
import type { Session } from '../../consistency/session';
import type { PrimaryWait } from '../limits/primary-wait';
import type { SessionRecovery } from './session-recovery';

/** The primary for the work of a session: one that has not been replaced as far as the session knows. */
export class SessionPrimary {
  constructor(
    private readonly clock: Clock,
    private readonly wait: PrimaryWait,
    private readonly recovery: SessionRecovery,
  ) {}

  /**
   * Undefined when there is such a primary; otherwise resolves when there is one. `sinceMs`: when the wait
   * began, if earlier than now. Rejects with NoPrimaryError or FailoverQueueFullError.
   */
  ready(session: Session | undefined, sinceMs?: number): Promise<void> | undefined {
    const first = this.#awaited(session, sinceMs);
    return first && this.#afterAll(first, session, sinceMs ?? this.clock.now());
  }

  /** Looks again after each wait, because the primary that comes back first may be the former one. */
  async #afterAll(first: Promise<void>, session: Session | undefined, sinceMs: number): Promise<void> {
    for (let wait: Promise<void> | undefined = first; wait; wait = this.#awaited(session, sinceMs))
      await wait;
  }

  #awaited(session: Session | undefined, sinceMs: number | undefined): Promise<void> | undefined {
    return this.wait.forPrimary(sinceMs) ?? this.recovery.beforePrimary(session);
  }
}
