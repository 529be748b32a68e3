import { EventEmitter } from 'node:events';
import type { Submittable } from 'pg';

/** Tells a cursor or stream that never got a connection. */
export function failSubmittable(submittable: Submittable, error: Error): void {
  const { destroy, handleError } = submittable as {
    destroy?: (error: Error) => void;
    handleError?: (error: Error, connection: unknown) => void;
  };
  if (typeof destroy === 'function') destroy.call(submittable, error);
  else handleError?.call(submittable, error, new EventEmitter());
}
