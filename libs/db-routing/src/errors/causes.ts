/**
 * Errors wrap each other a few levels deep at most; the limit ends the walk when an error is its own cause.
 */
const MAX_DEPTH = 8;

/**
 * Yields the error and the errors that it wraps, outermost first. TypeORM keeps the driver's error in
 * `driverError`; other libraries use `cause`.
 */
export function* causesOf(error: unknown): Generator<object> {
  let current = error;
  for (let depth = 0; depth < MAX_DEPTH && typeof current === 'object' && current !== null; depth++) {
    yield current;
    const { driverError, cause } = current as { driverError?: unknown; cause?: unknown };
    current = driverError ?? cause;
  }
}
