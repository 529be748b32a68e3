import type { RoutedPool } from 'db-routing';
import type { FastifyInstance } from 'fastify';

/** Makes spans and exports them. */
export interface Tracing {
  /** Makes a server span for each request, in the trace that its `traceparent` names. */
  traceRequests(instance: FastifyInstance): void;
  /**
   * Makes a client span for each statement on each node, as a child of the span that is active at the call.
   */
  traceStatements(pool: RoutedPool): void;
  /** Exports the remaining spans, for at most two seconds, and shuts down. */
  end(): Promise<void>;
}
