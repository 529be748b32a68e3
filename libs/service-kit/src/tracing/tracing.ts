import type { RoutedPool } from 'db-routing';
import type { FastifyInstance } from 'fastify';

/** Makes spans and sends them away. */
export interface Tracing {
  /** A server span for each request, in the trace that its `traceparent` names. */
  traceRequests(instance: FastifyInstance): void;
  /** A client span for each statement on each node, within the span that is active where it was called for. */
  traceStatements(pool: RoutedPool, database: string): void;
  /** Sends what is left, for at most two seconds, and ends. */
  end(): Promise<void>;
}
