import { escapeIdentifier, type QueryConfig, type QueryResult, type Submittable } from 'pg';

/** Everything that node-postgres takes as the first argument of `query`. */
export type QueryInput = string | QueryConfig | Submittable;

/** As callers write it: with an error, or with null (a client's) or undefined (a pool's) and a result. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the result is of the shape that the caller expects
export type QueryCallback = (error: any, result: any) => void;

/** What node-postgres takes in a configuration beyond its type declarations. */
interface OwnCallback {
  readonly callback?: QueryCallback;
}

export type AnyResult = QueryResult | QueryResult[];

/** A cursor or a stream: an object that talks to the connection itself. */
export function isSubmittable(input: QueryInput): input is Submittable {
  return typeof input === 'object' && 'submit' in input && typeof input.submit === 'function';
}

/**
 * The statement's text, to understand it by. A cursor has it, pg-query-stream keeps it in its cursor. A configuration with nothing but a name
 * runs what its session has prepared by that name.
 */
export function textOf(input: QueryInput): string {
  if (typeof input === 'string') return input;
  const { text, cursor, name } = input as { text?: unknown; cursor?: { text?: unknown }; name?: unknown };
  if (typeof text === 'string') return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  return typeof name === 'string' ? `EXECUTE ${escapeIdentifier(name)}` : '';
}

/** Takes apart what stands after the statement: values, a callback, both or neither. The configuration may have the callback, too. */
export function splitArguments(
  input: QueryInput,
  valuesOrCallback: unknown[] | QueryCallback | undefined,
  callback: QueryCallback | undefined,
): [unknown[] | undefined, QueryCallback | undefined] {
  const [values, given] =
    typeof valuesOrCallback === 'function' ? [undefined, valuesOrCallback] : [valuesOrCallback, callback];
  const own =
    typeof input === 'object' && !isSubmittable(input) ? (input as OwnCallback).callback : undefined;
  const chosen = given ?? own;
  if (chosen !== undefined && typeof chosen !== 'function') throw new TypeError('callback is not a function');
  return [values, chosen];
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
