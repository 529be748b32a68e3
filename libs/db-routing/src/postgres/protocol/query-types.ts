import { escapeIdentifier, type QueryConfig, type QueryResult, type Submittable } from 'pg';

/** What node-postgres takes as the first argument of `query`. */
export type QueryInput = string | QueryConfig | Submittable;

/** A query configuration, with the fields that node-postgres takes and its type declarations lack. */
export interface FullQueryConfig extends QueryConfig {
  readonly rowMode?: string;
  readonly binary?: boolean;
  readonly queryMode?: string;
}

/** Without an error, a client passes null as the first argument, and a pool undefined. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the caller knows the shape of the result
export type QueryCallback = (error: any, result: any) => void;

/** What node-postgres takes in a configuration although its type declarations lack it. */
interface OwnCallback {
  readonly callback?: QueryCallback;
}

export type AnyResult = QueryResult | QueryResult[];

/** Whether the input is a cursor or a stream, which uses the connection by itself. */
export function isSubmittable(input: unknown): input is Submittable {
  return (
    typeof input === 'object' && input !== null && 'submit' in input && typeof input.submit === 'function'
  );
}

/**
 * The statement's text, for classification. pg-query-stream keeps it in its cursor. A configuration with only
 * a name runs the statement that the backend session has prepared under that name.
 */
export function textOf(input: QueryInput): string {
  if (typeof input === 'string') return input;
  const { text, cursor, name } = input as { text?: unknown; cursor?: { text?: unknown }; name?: unknown };
  if (typeof text === 'string') return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  return typeof name === 'string' ? `EXECUTE ${escapeIdentifier(name)}` : '';
}

/**
 * Separates the arguments after the statement: values, a callback, both or neither. The configuration may
 * hold the callback instead. Throws TypeError when the callback is not a function.
 */
export function splitArguments(
  input: QueryInput,
  valuesOrCallback: unknown[] | QueryCallback | undefined,
  callback: QueryCallback | undefined,
): [unknown[] | undefined, QueryCallback | undefined] {
  const [values, given] =
    typeof valuesOrCallback === 'function' ? [undefined, valuesOrCallback] : [valuesOrCallback, callback];
  const own =
    typeof input === 'object' && !isSubmittable(input) ? (input as OwnCallback | null)?.callback : undefined;
  const chosen = given ?? own;
  if (chosen !== undefined && typeof chosen !== 'function') throw new TypeError('callback is not a function');
  return [values, chosen];
}

/**
 * Passes the result to the callback. Its errors become uncaught exceptions, as in node-postgres, not
 * rejections.
 */
export function callBack(result: Promise<unknown>, callback: QueryCallback, noError: null | undefined): void {
  result.then(
    (answer) => process.nextTick(callback, noError, answer),
    (error: unknown) => process.nextTick(callback, error),
  );
}

/** Throws the TypeError of node-postgres when the input is null or undefined. */
export function assertQuery(input: unknown): asserts input is QueryInput {
  if (input === null || input === undefined)
    throw new TypeError('Client was passed a null or undefined query');
}

/** The answer to a statement that the transaction context handles without sending it. */
export function emptyResult(command: string): QueryResult {
  return { command, rowCount: null, oid: 0, rows: [], fields: [] };
}

/** Makes an Error of what was thrown. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
