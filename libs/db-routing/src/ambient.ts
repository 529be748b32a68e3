import { AsyncLocalStorage } from 'node:async_hooks';

/** One value that was set, and what was set around it. A request sets a handful, so that walking is cheaper than copying a map each time. */
interface Frame {
  readonly key: object;
  readonly value: unknown;
  readonly outer: Frame | undefined;
}

const storage = new AsyncLocalStorage<Frame>();

/**
 * A value that follows the asynchronous control flow: set for the duration of a function and of
 * everything it awaits or starts. All keys share one AsyncLocalStorage, so a statement pays for one
 * look-up whatever the number of rooms that keep something here.
 */
export class AmbientKey<T> {
  constructor(readonly name: string) {}

  get(): T | undefined {
    for (let frame = storage.getStore(); frame; frame = frame.outer) {
      if (frame.key === this) return frame.value as T | undefined;
    }
    return undefined;
  }

  /** Runs `fn` with the value set; `undefined` hides an outer value. */
  run<R>(value: T | undefined, fn: () => R): R {
    return storage.run({ key: this, value, outer: without(this, storage.getStore()) }, fn);
  }
}

/** Takes along all that is set here: what it returns runs a function as if it had been called here. */
export function captureAmbient(): <R>(fn: () => R) => R {
  const frame = storage.getStore();
  return (fn) => (frame ? storage.run(frame, fn) : storage.exit(fn));
}

/** What is hidden is let go: a chain of callbacks, each started in the one before, would otherwise grow for ever. */
function without(key: object, frame: Frame | undefined): Frame | undefined {
  if (!frame) return undefined;
  if (frame.key === key) return frame.outer;
  const outer = without(key, frame.outer);
  return outer === frame.outer ? frame : { ...frame, outer };
}
