/**
 * Base class of every error that this library raises itself. Errors of PostgreSQL and of the driver pass
 * through unchanged.
 */
export abstract class RoutingError extends Error {
  /** Stable identifier for programs; does not change with the wording of the message. */
  abstract readonly code: string;
  /** True when the same request may succeed later, unchanged. */
  readonly isTransient: boolean = false;
  /** Suggested wait before a retry, in milliseconds; undefined when a retry does not help. */
  readonly retryAfterMs?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Base class of the errors that an identical later request may not meet. */
export abstract class TransientRoutingError extends RoutingError {
  override readonly isTransient = true;
  override readonly retryAfterMs: number = 1000;
}
