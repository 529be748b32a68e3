/** Wrappers are never deeper than a few; a cause that is its own cause must not be followed for ever. */
const MAX_DEPTH = 8;

/** The error and what it wraps, outermost first: TypeORM keeps the driver's error as `driverError`, everything else as `cause`. */
export function* causesOf(error: unknown): Generator<object> {
  let current = error;
  for (let depth = 0; depth < MAX_DEPTH && typeof current === 'object' && current !== null; depth++) {
    yield current;
    const { driverError, cause } = current as { driverError?: unknown; cause?: unknown };
    current = driverError ?? cause;
  }
}
