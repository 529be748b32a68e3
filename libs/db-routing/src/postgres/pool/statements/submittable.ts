import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { Submittable } from 'pg';

/** What the driver calls when the server answers. */
const HANDLERS = [
  'handleRowDescription',
  'handleDataRow',
  'handlePortalSuspended',
  'handleCommandComplete',
  'handleReadyForQuery',
  'handleError',
  'handleEmptyQuery',
  'handleCopyInResponse',
  'handleCopyData',
];
/** What the caller, or Node's streams, call with a callback. */
const CALLS = ['read', 'close', '_destroy'];

/**
 * Lets its events and callbacks run in the context of the calling code. By themselves they run where the socket was made, in
 * whatever request that was: statements of a data listener would leave the transaction.
 */
export function bindToCaller(submittable: Submittable): void {
  const inContext = AsyncLocalStorage.snapshot();
  const methods = submittable as unknown as Record<string, unknown>;
  for (const name of HANDLERS) {
    const handle = methods[name];
    if (typeof handle !== 'function') continue;
    methods[name] = (...args: unknown[]): unknown =>
      inContext(() => Reflect.apply(handle, submittable, args) as unknown);
  }
  for (const name of CALLS) {
    const call = methods[name];
    if (typeof call !== 'function') continue;
    methods[name] = (...args: unknown[]): unknown =>
      Reflect.apply(
        call,
        submittable,
        args.map((arg) => (typeof arg === 'function' ? AsyncResource.bind(arg as () => unknown) : arg)),
      ) as unknown;
  }
}

/** Tells a cursor or stream that never got a connection. */
export function failSubmittable(submittable: Submittable, error: Error): void {
  const { destroy, handleError } = submittable as {
    destroy?: (error: Error) => void;
    handleError?: (error: Error, connection: unknown) => void;
  };
  if (typeof destroy === 'function') destroy.call(submittable, error);
  else handleError?.call(submittable, error, new EventEmitter());
}

/** As node-postgres has it: what is given beside a query object becomes its callback, unless it has one. */
export function adoptCallback(submittable: Submittable, callback: unknown): void {
  const query = submittable as { callback?: unknown };
  query.callback ??= callback;
}

/** Its caller hears of its end only once `settled` has resolved; the connection goes on meanwhile. */
export function holdEnd(submittable: Submittable, settled: () => Promise<void>): void {
  const methods = submittable as unknown as Record<string, unknown>;
  const { handleReadyForQuery: handle } = methods;
  if (typeof handle !== 'function') return;
  methods['handleReadyForQuery'] = (...args: unknown[]): void => {
    void settled().then(() => Reflect.apply(handle, submittable, args) as unknown);
  };
}
