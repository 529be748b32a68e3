/**
 * Lets an error's stack lead to the code that asked, as node-postgres does. Where the answer was read from the socket is of no use to it.
 * To be called in the last function that the caller awaits.
 */
export function withCallersStack(error: unknown): unknown {
  if (error instanceof Error) Error.captureStackTrace(error, withCallersStack);
  return error;
}
