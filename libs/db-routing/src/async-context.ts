import { AsyncResource } from 'node:async_hooks';

/** The async context of some code; runs functions in it later. */
export type AsyncContext = <R>(fn: () => R) => R;

/**
 * Returns the context of the calling code. `AsyncLocalStorage.snapshot()` and `AsyncResource.bind()` do the
 * same, but on Node 20 each takes several µs, because it defines a deprecated property of its result.
 */
export function asyncContext(): AsyncContext {
  const resource = new AsyncResource('db-routing', { requireManualDestroy: true });
  return (fn) => resource.runInAsyncScope(fn);
}
