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
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, callback, { keepAlive = true } = {}) {
    const handle = setTimeout(callback, delayMs);
    if (!keepAlive) handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
