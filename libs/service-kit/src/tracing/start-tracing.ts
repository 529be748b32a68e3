import type * as Loaded from './open-telemetry-tracing';
import type { Tracing } from './tracing';

/**
 * Starts tracing as the process's standard OTEL_ variables say. Only this function loads the SDK, so a
 * service that does not trace does not load it.
 */
export function startTracing(serviceName: string): Tracing {
  // Not import(): TypeScript requires the extension of a compiled file there, and tests run the sources.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { OpenTelemetryTracing } = require('./open-telemetry-tracing') as typeof Loaded;
  return new OpenTelemetryTracing(serviceName);
}
