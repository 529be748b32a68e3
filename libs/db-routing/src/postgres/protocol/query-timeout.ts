import type { ClientBase, ClientConfig, QueryConfig } from 'pg';
import { clientInternals } from './driver-internals';

/** The driver's own option and its own error: how long a caller waits for an answer. The statement runs on. */
export class QueryReadTimeoutError extends Error {
  constructor() {
    super('Query read timeout');
    // As the driver's.
    this.name = 'Error';
  }
}

/** What the settings of a connection say of `query_timeout`, in milliseconds; undefined: nothing. */
export function queryTimeoutOf({ query_timeout: timeoutMs }: ClientConfig): number | undefined {
  return positive(timeoutMs);
}

/** A statement of the pool's own: what a connection string says is meant for its caller's. */
export function withoutQueryTimeout(query: QueryConfig): QueryConfig & { readonly query_timeout: number } {
  return { ...query, query_timeout: Infinity };
}

/** How long the caller of the statement waits, in milliseconds; undefined: as long as it takes. */
export function queryTimeoutFor(
  input: QueryConfig | string,
  ofConnection: number | undefined,
): number | undefined {
  const own = typeof input === 'string' ? undefined : (input as { query_timeout?: unknown }).query_timeout;
  const ms = positive(own) ?? ofConnection;
  return ms === Infinity ? undefined : ms;
}

/** The driver would destroy the connection, with all that is on its way there: it leaves that to us. */
export function takeOverQueryTimeout(client: ClientBase): void {
  clientInternals(client).connectionParameters.query_timeout = false;
}

function positive(value: unknown): number | undefined {
  const ms = Number(value ?? 0);
  return ms > 0 ? ms : undefined;
}
