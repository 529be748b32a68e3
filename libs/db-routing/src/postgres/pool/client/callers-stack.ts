/**
 * Replaces the stack of an error with that of the caller, as node-postgres does: the place where the answer
 * was read from the socket does not help. Called in the last function that the caller awaits.
 */
export function withCallersStack(error: unknown): unknown {
  if (error instanceof Error) Error.captureStackTrace(error, withCallersStack);
  return error;
}
