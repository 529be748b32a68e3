import type { Clock, Timer } from '../../../libs/db-routing/src/clock';
import { ambientWith } from '../library';
import type { Pausable } from './event-queue';
import type { Scheduler } from './scheduler';

/** Within this time after it went on, a process has probed all nodes again. */
const RECENTLY_MS = 1_000;
const FIRST_DAY_MS = 1_790_000_000_000;

/** The clock of one simulated process. It counts its timers, so that a check can find those left over. */
export class VirtualClock implements Clock, Pausable {
  pausedUntilMs = 0;
  /** How far the time of day is off; tokens expire by it. */
  wallOffsetMs = 0;
  #pausedForMs = 0;
  readonly #pending = new Set<object>();

  constructor(private readonly scheduler: Scheduler) {}

  now(): number {
    return this.scheduler.nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    // As a real timer does, it runs in the async context of the code that set it.
    const inContext = ambientWith([]);
    const timer: Timer = {
      cancel: () => {
        if (this.#pending.delete(timer)) event.cancel();
      },
    };
    const run = () => {
      this.#pending.delete(timer);
      inContext(callback);
    };
    const event = this.scheduler.in(Math.max(0, delayMs), run, this);
    this.#pending.add(timer);
    return timer;
  }

  afterArrivals(callback: () => void): void {
    const inContext = ambientWith([]);
    this.scheduler.in(0, () => inContext(callback), this);
  }

  /** The time of day, in milliseconds since 1970. */
  wall(): number {
    return FIRST_DAY_MS + this.wallOffsetMs + this.scheduler.nowMs;
  }

  get timers(): number {
    return this.#pending.size;
  }

  /** The process stands still until then. */
  pauseUntil(untilMs: number): void {
    if (untilMs <= this.pausedUntilMs) return;
    this.#pausedForMs = this.stoodStillMs + untilMs - Math.max(this.now(), this.pausedUntilMs);
    this.pausedUntilMs = untilMs;
  }

  /** How long the process has stood still of late: what it knows of others is older by that much. */
  get stoodStillMs(): number {
    return this.now() - this.pausedUntilMs < RECENTLY_MS ? this.#pausedForMs : 0;
  }
}
