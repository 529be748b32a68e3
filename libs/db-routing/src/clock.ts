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
    // Node.js counts whole milliseconds, but keeps a list of timers for each fraction of one.
    const handle = setTimeout(callback, Math.ceil(delayMs));
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
 *
 * The limit is counted in `slices`. A slice in which the event loop of this process was blocked counts once,
 * however long it lasted: work that needs several round trips, each of which waits for the event loop, is
 * not late because of this process.
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  work: Promise<T>,
  late: () => T | Promise<T>,
  slices = 1,
): Promise<T> {
  let timer: Timer | undefined;
  let isSettled = false;
  const expired = new Promise<void>((resolve) => {
    const count = (left: number): void => {
      // If this process itself was late, the answer may already be here: the event loop reads it first.
      const next = (): void => {
        if (left === 1) resolve();
        else if (!isSettled) count(left - 1);
      };
      timer = clock.after(limitMs / slices, () => clock.afterArrivals(next));
    };
    count(slices);
  });
  try {
    return await Promise.race([work, expired.then(late)]);
  } finally {
    isSettled = true;
    timer?.cancel();
  }
}
