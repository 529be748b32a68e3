import type { Clock, Timer } from '../../clock';
import { RuleTimeoutError } from '../../errors';
import type { ExclusiveConnection } from '../../engine/node-connections';

/** How long to wait for the server to act on a cancel request before the connection is destroyed. */
const CANCEL_GRACE_MS = 500;

/**
 * Cancels the statement on a connection when its time limit expires. A statement within its limit costs no
 * message; setting the server's statement_timeout and resetting it would cost two round trips.
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

  /** The error to throw in place of the statement's: RuleTimeoutError once the limit has expired. */
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
    // The cancel request may arrive after the statement has ended, and would then cancel the next borrower's.
    this.connection.markUnusable();
    void this.connection.cancel();
    this.#timer = this.clock.after(CANCEL_GRACE_MS, () => this.connection.destroy());
  }
}
