/** A timer that can be cancelled. */
export interface Timer {
  cancel(): void;
}

/** Time as the library sees it: monotonic, so that a change of the wall clock decides nothing. */
export interface Clock {
  /** Milliseconds since an arbitrary start; never goes back. */
  now(): number;
  /** Calls `callback` once after `delayMs`; `keepAlive: false` lets the process exit before. */
  after(delayMs: number, callback: () => void, options?: { keepAlive?: boolean }): Timer;
  /**
   * Calls `callback` once what has arrived on sockets by now was read: an event loop that was blocked must not take answers for late
   * that are here.
   */
  afterArrivals(callback: () => void): void;
}

/** A number in [0, 1). */
export type Random = () => number;

// The only place that asks the process for time, timers and luck: everything else is given them, so that a run can be simulated.

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

/** The time of day, in milliseconds since 1970. For what other machines read, such as the expiry of a token; never for durations. */
export const systemWallClock = (): number => Date.now();

/** Resolves after `delayMs`. */
export function pause(clock: Clock, delayMs: number, options?: { keepAlive?: boolean }): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve, options));
}

/**
 * What `work` comes to, or what `late` makes of it when that takes longer than `limitMs`. `work` goes on: whoever calls this sees to what
 * becomes of it.
 */
export async function withDeadline<T>(
  clock: Clock,
  limitMs: number,
  work: Promise<T>,
  late: () => T | Promise<T>,
): Promise<T> {
  let expire: () => void = () => undefined;
  const expired = new Promise<void>((resolve) => (expire = resolve));
  // When this process itself was late, the answer may be there already: it is read before this runs.
  const timer = clock.after(limitMs, () => clock.afterArrivals(expire));
  try {
    return await Promise.race([work, expired.then(late)]);
  } finally {
    timer.cancel();
  }
}
