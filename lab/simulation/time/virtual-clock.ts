import type { Clock, Timer } from '../../../libs/db-routing/src/clock';
import { ambientWith } from '../library';
import type { Pausable } from './event-queue';
import type { Scheduler } from './scheduler';

/** Within this time after it went on, a process has probed all nodes again. */
const RECENTLY_MS = 1_000;
const FIRST_DAY_MS = 1_790_000_000_000;

/** The clock of one simulated process. It counts its timers, so that a check can find those left over. */
export class VirtualClock implements Clock, Pausable {
  pausedUntilMs = -Infinity;
  /** The time of day when the run began, by which tokens expire: it changes when the clock jumps. */
  dayMs = FIRST_DAY_MS;
  #pausedForMs = 0;
  #timers = 0;

  constructor(private readonly scheduler: Scheduler) {}

  now(): number {
    return this.scheduler.nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    // As a real timer does, it runs in the async context of the code that set it.
    const inContext = ambientWith([]);
    let isPending = true;
    this.#timers += 1;
    const end = () => {
      if (isPending) this.#timers -= 1;
      isPending = false;
    };
    const run = () => {
      end();
      inContext(callback);
    };
    const event = this.scheduler.in(Math.max(0, delayMs), run, this);
    return {
      cancel: () => {
        end();
        event.cancel();
      },
    };
  }

  afterArrivals(callback: () => void): void {
    const inContext = ambientWith([]);
    this.scheduler.in(0, () => inContext(callback), this);
  }

  /** The time of day, in milliseconds since 1970. */
  wall(): number {
    return this.dayMs + this.scheduler.nowMs;
  }

  get timers(): number {
    return this.#timers;
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
