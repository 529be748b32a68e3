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
    const event = this.#add(atMs, run, process, false);
    return { cancel: () => (event.isCancelled = true) };
  }

  /**
   * The same for what happens within and between servers: it settles no promise, so the next event may follow
   * at once.
   */
  atServer(atMs: number, run: () => void): void {
    this.#add(atMs, run, undefined, true);
  }

  in(delayMs: number, run: () => void, process?: Pausable): Scheduled {
    return this.at(this.nowMs + delayMs, run, process);
  }

  #add(atMs: number, run: () => void, process: Pausable | undefined, isSilent: boolean): Event {
    const event: Event = {
      atMs: atMs > this.nowMs ? atMs : this.nowMs,
      order: this.#order++,
      run,
      process,
      isSilent,
      isCancelled: false,
    };
    this.#queue.push(event);
    return event;
  }

  /** Runs events until `isOver`, or until nothing is left to happen. Rejects with what an event throws. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      // Cheaper than queueMicrotask(), which makes a resource of Node's for each call.
      const settled = Promise.resolve();
      let left = EVENTS_PER_TURN;
      const step = () => {
        try {
          let event: Event | undefined;
          do {
            event = isOver() ? undefined : this.#runNext();
            if (!event) {
              resolve();
              return;
            }
            left -= 1;
          } while (event.isSilent && left > 0);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          return;
        }
        if (left > 0) {
          // Node runs a tick only when all microtasks have run: those that the event has caused, and theirs.
          void settled.then(afterMicrotasks);
          return;
        }
        left = EVENTS_PER_TURN;
        queueMicrotask(() => realNextTick(() => realSetImmediate(step)));
      };
      const afterMicrotasks = () => realNextTick(step);
      queueMicrotask(afterMicrotasks);
    });
  }

  /** Returns the event; undefined when there was none. */
  #runNext(): Event | undefined {
    for (;;) {
      const event = this.#queue.pop();
      if (!event) return undefined;
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
      return event;
    }
  }
}
