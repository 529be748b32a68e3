import type * as Loaded from './open-telemetry-tracing';
import type { Tracing } from './tracing';

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
