import type { RetryOptions } from './options';

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const DEFAULT_BASE_DELAY_MS = 20;
const DEFAULT_MAX_DELAY_MS = 1000;
/** Wrappers put the server's error into `cause` or `driverError`, never deeper than a few. */
const MAX_WRAPPERS = 5;

/** Whether the whole transaction may succeed when it is run again. */
export function isRetryable(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < MAX_WRAPPERS && typeof current === 'object' && current !== null; depth++) {
    const { code, driverError, cause } = current as {
      code?: unknown;
      driverError?: unknown;
      cause?: unknown;
    };
    if (code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED) return true;
    current = driverError ?? cause;
  }
  return false;
}

/**
 * The pause before run `attempt + 1`: exponential with full jitter, so that transactions that collided do not
 * collide again ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
 */
export function retryDelayMs(options: RetryOptions, attempt: number, random: () => number): number {
  const { baseDelayMs = DEFAULT_BASE_DELAY_MS, maxDelayMs = DEFAULT_MAX_DELAY_MS } = options;
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
}
