import type { Clock, Timer } from '../../clock';
import { RuleTimeoutError } from '../../errors';
import type { ExclusiveConnection } from '../../engine/node-connections';

/** A server that does not answer a cancel request in time is not waited for. */
const CANCEL_GRACE_MS = 500;

/**
 * Cancels what runs on a connection when its time is over. Nothing is sent for a statement that keeps within its limit; the server's
 * own statement_timeout would cost a round trip to set and another to set back.
 */
export class StatementLimit {
  #timer: Timer;
  #isOver = false;

  constructor(
    private readonly connection: ExclusiveConnection,
    private readonly limit: { readonly timeoutMs: number; readonly rule: string },
    private readonly clock: Clock,
  ) {
    this.#timer = clock.after(limit.timeoutMs, () => this.#expire());
  }

  /** The error to throw for one of the statement. */
  errorFor(error: unknown): unknown {
    return this.#isOver
      ? new RuleTimeoutError(this.limit.rule, this.limit.timeoutMs, { cause: error })
      : error;
  }

  end(): void {
    this.#timer.cancel();
  }

  #expire(): void {
    this.#isOver = true;
    // The request may arrive when the statement has just ended, and would cancel the next borrower's.
    this.connection.markUnusable();
    void this.connection.cancel();
    this.#timer = this.clock.after(CANCEL_GRACE_MS, () => this.connection.destroy());
  }
}
