import type { Session } from '../../consistency/session';
import type { PrimaryWait } from '../limits/primary-wait';
import type { SessionRecovery } from './session-recovery';

/** The primary for the work of a session: one that has not been replaced as far as the session knows. */
export class SessionPrimary {
  constructor(
    private readonly wait: PrimaryWait,
    private readonly recovery: SessionRecovery,
  ) {}

  /**
   * What to wait for before work of the session goes to the primary; undefined when there is nothing. Call it
   * again after each wait: the primary that comes back first may be the former one. `sinceMs`: when the wait
   * began. Rejects with NoPrimaryError or FailoverQueueFullError.
   */
  awaited(session: Session | undefined, sinceMs: number): Promise<void> | undefined {
    return this.wait.forPrimary(sinceMs) ?? this.recovery.beforePrimary(session);
  }
}
