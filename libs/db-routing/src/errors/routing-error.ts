/**
 * Root of every error that this library raises itself. Errors of PostgreSQL and of the driver
 * are passed on as they are.
 */
export abstract class RoutingError extends Error {
  /** Stable, for programs: never changes with the wording of the message. */
  abstract readonly code: string;
  /** True when the same request may succeed later without any change to it. */
  readonly isTransient: boolean = false;
  /** When to try again, in milliseconds, where something better than a guess is known. */
  readonly retryAfterMs?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Base of the errors that a later, identical request may not meet again. */
export abstract class TransientRoutingError extends RoutingError {
  override readonly isTransient = true;
  override readonly retryAfterMs: number = 1000;
}
