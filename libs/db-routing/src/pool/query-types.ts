import type { QueryConfig, QueryResult, Submittable } from 'pg';

/** Everything that node-postgres takes as the first argument of `query`. */
export type QueryInput = string | QueryConfig | Submittable;

/** As callers write it: with an error, or with null (a client's) or undefined (a pool's) and a result. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the result is of whatever shape the caller expects
export type QueryCallback = (error: any, result: any) => void;

export type AnyResult = QueryResult | QueryResult[];

/** A cursor or a stream: an object that talks to the connection itself. */
export function isSubmittable(input: QueryInput): input is Submittable {
  return typeof input === 'object' && 'submit' in input && typeof input.submit === 'function';
}

/** The statement's text, to understand it by. A cursor has it, pg-query-stream keeps it in its cursor. */
export function textOf(input: QueryInput): string {
  if (typeof input === 'string') return input;
  const { text, cursor } = input as { text?: unknown; cursor?: { text?: unknown } };
  if (typeof text === 'string') return text;
  return typeof cursor?.text === 'string' ? cursor.text : '';
}

/** Takes apart what stands after the statement: values, a callback, both or neither. */
export function splitArguments(
  valuesOrCallback: unknown[] | QueryCallback | undefined,
  callback: QueryCallback | undefined,
): [unknown[] | undefined, QueryCallback | undefined] {
  return typeof valuesOrCallback === 'function'
    ? [undefined, valuesOrCallback]
    : [valuesOrCallback, callback];
}

/** An error that the callback throws is an uncaught exception, as in node-postgres, and no rejection that is not handled. */
export function callBack(result: Promise<unknown>, callback: QueryCallback, noError: null | undefined): void {
  result.then(
    (answer) => process.nextTick(callback, noError, answer),
    (error: unknown) => process.nextTick(callback, error),
  );
}

/** Throws what node-postgres throws for something that is no query. */
export function assertQuery(input: unknown): asserts input is QueryInput {
  if (input === null || input === undefined)
    throw new TypeError('Client was passed a null or undefined query');
}

/** The answer to a statement that was not sent, because the transaction context stands in for it. */
export function emptyResult(command: string): QueryResult {
  return { command, rowCount: null, oid: 0, rows: [], fields: [] };
}

/** What was thrown, as what a promise should be rejected with. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
