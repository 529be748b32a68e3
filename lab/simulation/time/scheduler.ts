import { type Event, EventQueue } from './event-queue';

/** The functions of the process, from before a run replaces them. */
const { setImmediate: realSetImmediate } = globalThis;
const realNextTick = process.nextTick.bind(process);

/** Events between two turns of the real event loop, which delivers signals. */
const EVENTS_PER_TURN = 50_000;

/** A simulated process, whose events wait while it is paused. */
export interface Pausable {
  pausedUntilMs: number;
}

export interface Scheduled {
  cancel(): void;
}

/**
 * Virtual time: runs one event after the other, in the order of their times, and lets the code that an event
 * wakes run to its end before the next event. That code waits only by promises, so its end is when the queue
 * of microtasks is empty.
 */
export class Scheduler {
  nowMs = 0;
  events = 0;
  readonly #queue = new EventQueue();
  #order = 0;

  /** Calls `run` at this time, or now if it is past. `process`: who it is for. */
  at(atMs: number, run: () => void, process?: Pausable): Scheduled {
    const event: Event = {
      atMs: atMs > this.nowMs ? atMs : this.nowMs,
      order: this.#order++,
      run,
      process,
      isCancelled: false,
    };
    this.#queue.push(event);
    return { cancel: () => (event.isCancelled = true) };
  }

  in(delayMs: number, run: () => void, process?: Pausable): Scheduled {
    return this.at(this.nowMs + delayMs, run, process);
  }

  /** Runs events until `isOver`, or until nothing is left to happen. Rejects with what an event throws. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = EVENTS_PER_TURN;
      const step = () => {
        try {
          if (isOver() || !this.#runNext()) {
            resolve();
            return;
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (--left > 0) {
          // Node runs a tick only when all microtasks have run: those that the event has caused, and theirs.
          queueMicrotask(afterMicrotasks);
          return;
        }
        left = EVENTS_PER_TURN;
        queueMicrotask(() => realNextTick(() => realSetImmediate(step)));
      };
      const afterMicrotasks = () => realNextTick(step);
      queueMicrotask(afterMicrotasks);
    });
  }

  /** Returns whether there was an event. */
  #runNext(): boolean {
    for (;;) {
      const event = this.#queue.pop();
      if (!event) return false;
      if (event.isCancelled) continue;
      const pausedUntilMs = event.process?.pausedUntilMs ?? 0;
      if (pausedUntilMs > event.atMs) {
        event.atMs = pausedUntilMs;
        this.#queue.push(event);
        continue;
      }
      this.nowMs = event.atMs;
      this.events += 1;
      event.run();
      return true;
    }
  }
}
