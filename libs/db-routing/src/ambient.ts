import { AsyncLocalStorage } from 'node:async_hooks';

type Values = ReadonlyMap<symbol, unknown>;

const storage = new AsyncLocalStorage<Values>();
const NOTHING: Values = new Map();

/**
 * A value that follows the asynchronous control flow: set for the duration of a function and of
 * everything it awaits or starts. All keys share one AsyncLocalStorage, so a statement pays for one
 * look-up whatever the number of rooms that keep something here.
 */
export class AmbientKey<T> {
  readonly #key: symbol;

  constructor(name: string) {
    this.#key = Symbol(name);
  }

  get(): T | undefined {
    return storage.getStore()?.get(this.#key) as T | undefined;
  }

  /** Runs `fn` with the value set; `undefined` hides an outer value. */
  run<R>(value: T | undefined, fn: () => R): R {
    const values = new Map(storage.getStore() ?? NOTHING);
    values.set(this.#key, value);
    return storage.run(values, fn);
  }
}
