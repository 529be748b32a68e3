/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/** Monotonic time and timers, which changes of the wall clock do not affect. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  now(): number;
  /**
   * Calls `callback` once after `delayMs`; with `keepAlive: false` the timer does not keep the process
   * running.
   */
  after(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Timer;
  /**
   * Calls `callback` after the data that has already arrived on sockets was read. Without this, a process
   * whose event loop was blocked would treat answers as late that have already arrived.
   */
  afterArrivals(callback: () => void): void;
}

/** A number in [0, 1). */
export type Random = () => number;

// The only functions that ask the process for time, timers and random numbers. All other code receives them
// as arguments, so that a test can simulate a run.

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback, { keepAlive = true } = {}) {
    const handle = setTimeout(callback, delayMs);
    if (!keepAlive) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
  afterArrivals: (callback) => void setImmediate(callback),
};

export const systemRandom: Random = () => Math.random();

/**
 * The time of day, in milliseconds since 1970. Only for values that other machines read, such as the expiry
 * of a token; never for durations.
 */
export const systemWallClock = (): number => Date.now();

/** Resolves after `delayMs`. */
export function pause(clock: Clock, delayMs: number, options?: { keepAlive?: boolean }): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve, options));
}

/**
 * Settles as `work` does, or as `late()` does when `work` takes longer than `limitMs`. `work` keeps running
 * then; the caller must handle its outcome.
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  work: Promise<T>,
  late: () => T | Promise<T>,
): Promise<T> {
  let expire: () => void = () => undefined;
  const expired = new Promise<void>((resolve) => (expire = resolve));
  // If this process itself was late, the answer may already be here: the event loop reads it first.
  const timer = clock.after(limitMs, () => clock.afterArrivals(expire));
  try {
    return await Promise.race([work, expired.then(late)]);
  } finally {
    timer.cancel();
  }
}
