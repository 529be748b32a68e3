import type { RoutedPool } from '@app/db-routing';
import type { FastifyInstance } from 'fastify';
import type * as Loaded from './open-telemetry-tracing';

/** Makes spans and sends them away. */
export interface Tracing {
  /** A server span for each request, in the trace that its `traceparent` names. */
  traceRequests(instance: FastifyInstance): void;
  /** A client span for each statement on each node, within the span that is active where it was called for. */
  traceStatements(pool: RoutedPool, database: string): void;
  /** Sends what is left, for at most two seconds, and ends. */
  end(): Promise<void>;
}

/**
 * Tracing as the standard OTEL_ variables of the process say. Only here its SDK is loaded: a service that
 * does not trace has none of it.
 */
export function startTracing(serviceName: string): Tracing {
  // Not import(): TypeScript wants the extension of a compiled file there, and tests run the sources.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { OpenTelemetryTracing } = require('./open-telemetry-tracing') as typeof Loaded;
  return new OpenTelemetryTracing(serviceName);
}
