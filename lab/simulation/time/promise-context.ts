import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { promiseHooks } from 'node:v8';

type AnyFunction = (...args: never[]) => unknown;

const CONTEXT = Symbol('context');
let current: unknown;

function within<R>(store: unknown, fn: () => R): R {
  const before = current;
  current = store;
  try {
    return fn();
  } finally {
    current = before;
  }
}

function bound<F extends AnyFunction>(fn: F): F {
  const store = current;
  return ((...args: never[]) => within(store, () => fn(...args))) as F;
}

/** What the library uses of Node's class of this name. It knows one store, because the library has one. */
class PromiseStorage<T> {
  getStore(): T | undefined {
    return current as T | undefined;
  }

  run<R>(store: T, fn: () => R): R {
    return within(store, fn);
  }

  exit<R>(fn: () => R): R {
    return within(undefined, fn);
  }

  static snapshot(): <R>(fn: () => R) => R {
    const store = current;
    return (fn) => within(store, fn);
  }

  static readonly bind = bound;
}

/**
 * Node tells nowhere which of its two ways its AsyncLocalStorage follows (AsyncContextFrame, which an option
 * of the process turns on or off). Only that without V8's help has to enable a hook before it can be used.
 */
function isCarriedByV8(): boolean {
  return !('_enable' in AsyncLocalStorage.prototype);
}

/**
 * Gives the code that is loaded from now on an AsyncLocalStorage that follows promises and ticks, by V8's own
 * hooks. That of Node 20 follows every resource of the process, and took a sixth of a simulation's time. One
 * seed has the same history with both: `--seed` runs with Node's. Where V8 itself carries the context from
 * one promise to the next, as from Node 24 on, Node's class costs less than these hooks, and stays.
 */
export function followPromisesOnly(): void {
  if (isCarriedByV8()) return;
  promiseHooks.createHook({
    init: (promise) => void ((promise as unknown as Record<symbol, unknown>)[CONTEXT] = current),
    before: (promise) => void (current = (promise as unknown as Record<symbol, unknown>)[CONTEXT]),
    after: () => void (current = undefined),
  });
  // The module itself, which compiled code asks at each use.
  const hooks = createRequire(__filename)('node:async_hooks') as object;
  const { AsyncResource } = hooks as { AsyncResource: new (type: string) => object };
  // Defined, because newer versions of Node refuse an assignment.
  Object.defineProperties(hooks, {
    AsyncLocalStorage: { value: PromiseStorage },
    AsyncResource: { value: Object.assign(class extends AsyncResource {}, { bind: bound }) },
  });
  const nextTick = process.nextTick.bind(process) as (fn: AnyFunction, ...args: unknown[]) => void;
  process.nextTick = (fn: AnyFunction, ...args: unknown[]) => nextTick(bound(fn), ...args);
}
