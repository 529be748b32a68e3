import { setTimeout as delay } from 'node:timers/promises';
import { WaitTimeoutError } from './errors';

/**
 * Polls until `condition` returns a truthy value and returns it. Throws {@link WaitTimeoutError} after
 * `timeoutMs`; the last error of the condition is its cause.
 */
export async function until<T>(
  what: string | (() => string),
  condition: () => T | Promise<T>,
  { timeoutMs = 15_000, pollMs = 20 } = {},
): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const result = await condition();
      if (result) return result;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadlineMs) {
      throw new WaitTimeoutError(typeof what === 'string' ? what : what(), timeoutMs, { cause });
    }
    await delay(pollMs);
  }
}
