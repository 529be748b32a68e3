import type { RetryOptions } from './options';

const DEFAULT_BASE_DELAY_MS = 20;
const DEFAULT_MAX_DELAY_MS = 1000;

/**
 * Returns the pause before run `attempt + 1`, in milliseconds: exponential with full jitter, so that
 * transactions that collided do not collide again ("Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015).
 */
export function retryDelayMs(options: RetryOptions, attempt: number, random: () => number): number {
  const { baseDelayMs = DEFAULT_BASE_DELAY_MS, maxDelayMs = DEFAULT_MAX_DELAY_MS } = options;
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1));
}
