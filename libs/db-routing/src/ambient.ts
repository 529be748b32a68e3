import { AsyncLocalStorage } from 'node:async_hooks';

/** A key with a value for it. */
export interface AmbientValue {
  readonly key: object;
  readonly value: unknown;
}

/**
 * One value, linked to the values set around it. A request sets only a handful, so walking the list is
 * cheaper than copying a map for every value.
 */
interface Frame extends AmbientValue {
  readonly outer: Frame | undefined;
}

const storage = new AsyncLocalStorage<Frame>();

/**
 * A value that follows the asynchronous control flow: it holds for a function and for everything that the
 * function awaits or starts. All keys share one AsyncLocalStorage, so a statement pays for one look-up,
 * however many keys are in use.
 */
export class AmbientKey<T> {
  constructor(readonly name: string) {}

  get(): T | undefined {
    for (let frame = storage.getStore(); frame; frame = frame.outer) {
      if (frame.key === this) return frame.value as T | undefined;
    }
    return undefined;
  }

  /** Runs `fn` with the value set; `undefined` hides the outer value. */
  run<R>(value: T | undefined, fn: () => R): R {
    return storage.run(inside(storage.getStore(), { key: this, value }), fn);
  }

  /** The key with this value, for ambientWith(). */
  with(value: T): AmbientValue {
    return { key: this, value };
  }
}

/**
 * Adds values to those of the caller, all at once; the returned function runs `fn` with exactly these, as
 * often as it is called.
 */
export function ambientWith(values: readonly AmbientValue[]): <R>(fn: () => R) => R {
  const frame = values.reduce<Frame | undefined>(inside, storage.getStore());
  return (fn) => (frame ? storage.run(frame, fn) : storage.exit(fn));
}

function inside(outer: Frame | undefined, { key, value }: AmbientValue): Frame {
  return { key, value, outer: without(key, outer) };
}

/**
 * Drops the hidden value: a chain of callbacks, each started inside the one before, would otherwise grow
 * without end.
 */
function without(key: object, frame: Frame | undefined): Frame | undefined {
  if (!frame) return undefined;
  if (frame.key === key) return frame.outer;
  const outer = without(key, frame.outer);
  return outer === frame.outer ? frame : { ...frame, outer };
}
