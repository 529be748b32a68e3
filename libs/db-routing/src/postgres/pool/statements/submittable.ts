import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { Submittable } from 'pg';

/** The methods that the driver calls when the server answers. */
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
/** The methods that the caller, or Node's streams, call with a callback. */
const CALLS = ['read', 'close', '_destroy'];

/**
 * Makes the object's events and callbacks run in the async context of the calling code. Otherwise they run in
 * the context that opened the socket, which belongs to some other request, and statements of a data listener
 * would run outside the caller's transaction.
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

/** Reports an error to a cursor or stream that never had a connection. */
export function failSubmittable(submittable: Submittable, error: Error): void {
  const { destroy, handleError } = submittable as {
    destroy?: (error: Error) => void;
    handleError?: (error: Error, connection: unknown) => void;
  };
  if (typeof destroy === 'function') destroy.call(submittable, error);
  else handleError?.call(submittable, error, new EventEmitter());
}

/**
 * As in node-postgres: the second argument of query() becomes the query object's callback, unless it has one.
 */
export function adoptCallback(submittable: Submittable, callback: unknown): void {
  const query = submittable as { callback?: unknown };
  query.callback ??= callback;
}

/** Delays the object's end until `settled` has resolved; the connection continues meanwhile. */
export function holdEnd(submittable: Submittable, settled: () => Promise<void>): void {
  const methods = submittable as unknown as Record<string, unknown>;
  const { handleReadyForQuery: handle } = methods;
  if (typeof handle !== 'function') return;
  methods['handleReadyForQuery'] = (...args: unknown[]): void => {
    void settled().then(() => Reflect.apply(handle, submittable, args) as unknown);
  };
}
