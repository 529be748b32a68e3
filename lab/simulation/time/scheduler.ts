import { Event, EventQueue, type Pausable } from './event-queue';

/** The function of the process, from before a run replaces it. */
const { setImmediate: realSetImmediate } = globalThis;

/**
 * Runs microtasks and ticks until none is left, as Node does after each of its own callbacks. It has no
 * public name. To wait for a tick instead would cost a promise and a tick for each event.
 */
const settle = (process as unknown as { readonly _tickCallback: () => void })._tickCallback;

/** Events between two turns of the real event loop, which delivers signals. */
const EVENTS_PER_TURN = 50_000;

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
    return this.#add(atMs, run, process, false);
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
    const { nowMs } = this;
    const event = new Event(atMs > nowMs ? atMs : nowMs, this.#order++, run, process, isSilent);
    this.#queue.push(event);
    return event;
  }

  /** Runs events until `isOver`, or until nothing is left to happen. Rejects with what an event throws. */
  run(isOver: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = () => {
        try {
          for (let left = EVENTS_PER_TURN; left > 0; left--) {
            const event = isOver() ? undefined : this.#runNext();
            if (!event) {
              resolve();
              return;
            }
            if (!event.isSilent) settle();
          }
          realSetImmediate(turn);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      realSetImmediate(turn);
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
