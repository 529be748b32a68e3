import type { Clock, Timer } from '../../../libs/db-routing/src/clock';
import { captureAmbient } from '../library';
import type { Pausable, Scheduler } from './scheduler';

/** The clock of one simulated process. Counts its timers, so that a check can find those that are left over. */
export class VirtualClock implements Clock, Pausable {
  pausedUntilMs = 0;
  /** How far the time of day is off; tokens expire by it. */
  wallOffsetMs = 0;
  readonly #pending = new Set<object>();

  constructor(private readonly scheduler: Scheduler) {}

  now(): number {
    return this.scheduler.nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    // As a real timer does, it runs in the async context of the code that set it.
    const inContext = captureAmbient();
    const timer: Timer = {
      cancel: () => {
        if (this.#pending.delete(timer)) event.cancel();
      },
    };
    const event = this.scheduler.in(
      Math.max(0, delayMs),
      () => {
        this.#pending.delete(timer);
        inContext(callback);
      },
      this,
    );
    this.#pending.add(timer);
    return timer;
  }

  afterArrivals(callback: () => void): void {
    this.scheduler.in(0, callback, this);
  }

  /** The time of day, in milliseconds since 1970. */
  wall(): number {
    return 1_790_000_000_000 + this.wallOffsetMs + this.scheduler.nowMs;
  }

  get timers(): number {
    return this.#pending.size;
  }
}
