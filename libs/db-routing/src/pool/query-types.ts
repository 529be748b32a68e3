import type { QueryConfig, QueryResult, Submittable } from 'pg';

/** Everything that node-postgres takes as the first argument of `query`. */
export type QueryInput = string | QueryConfig | Submittable;

export type QueryCallback = (error: Error | undefined, result?: QueryResult | QueryResult[]) => void;

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

export function callBack(result: Promise<AnyResult>, callback: QueryCallback): void {
  result.then(
    (answer) => callback(undefined, answer),
    (error: unknown) => callback(error as Error),
  );
}

/** The answer to a statement that was not sent, because the transaction context stands in for it. */
export function emptyResult(command: string): QueryResult {
  return { command, rowCount: null, oid: 0, rows: [], fields: [] };
}
