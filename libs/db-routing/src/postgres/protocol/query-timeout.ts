import type { ClientBase, ClientConfig, QueryConfig } from 'pg';
import { clientInternals } from './driver-internals';

/**
 * A caller has waited for as long as `query_timeout` allows; the statement runs on. Named like the driver's
 * error.
 */
export class QueryReadTimeoutError extends Error {
  constructor() {
    super('Query read timeout');
    this.name = 'Error';
  }
}

/** The `query_timeout` in the settings of a connection, in milliseconds; undefined if they have none. */
export function queryTimeoutOf({ query_timeout: timeoutMs }: ClientConfig): number | undefined {
  return positive(timeoutMs);
}

/**
 * Exempts a query of the library from the connection string's timeout, which is meant for callers'
 * statements.
 */
export function withoutQueryTimeout(query: QueryConfig): QueryConfig & { readonly query_timeout: number } {
  return { ...query, query_timeout: Infinity };
}

/** How long the caller of the statement waits, in milliseconds; undefined: without limit. */
export function queryTimeoutFor(
  input: QueryConfig | string,
  ofConnection: number | undefined,
): number | undefined {
  const own = typeof input === 'string' ? undefined : (input as { query_timeout?: unknown }).query_timeout;
  const ms = positive(own) ?? ofConnection;
  return ms === Infinity ? undefined : ms;
}

/**
 * Makes the driver leave the timeout to the library: it would destroy the connection and everything in
 * flight.
 */
export function takeOverQueryTimeout(client: ClientBase): void {
  clientInternals(client).connectionParameters.query_timeout = false;
}

function positive(value: unknown): number | undefined {
  const ms = Number(value ?? 0);
  return ms > 0 ? ms : undefined;
}

/** Never resolves. Throws QueryReadTimeoutError when the statement's caller has waited long enough. */
export function rejectedLate(statement: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    statement.catch((error: unknown) => {
      if (error instanceof QueryReadTimeoutError) reject(error);
    });
  });
}
