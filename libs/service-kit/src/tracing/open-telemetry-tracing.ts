import type { RoutedPool } from 'db-routing';
import { Logger } from '@nestjs/common';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyInstance } from 'fastify';
import { traceRequests } from './request-spans';
import { traceStatements } from './statement-spans';
import { throttled } from './throttled';
import type { Tracing } from './tracing';

const SCOPE = 'service-kit';
const END_TIMEOUT_MS = 2_000;
/** An unreachable collector fails every batch, which is every few seconds. */
const MESSAGE_INTERVAL_MS = 60_000;

/** OpenTelemetry's SDK, which reads sampler, exporter, batches and limits from the OTEL_ variables itself. */
export class OpenTelemetryTracing implements Tracing {
  readonly #logger = new Logger('Tracing');
  readonly #provider: NodeTracerProvider;

  constructor(serviceName: string) {
    logFailures(this.#logger);
    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence over the service's own name.
    const resource = defaultResource()
      .merge(resourceFromAttributes({ 'service.name': serviceName }))
      .merge(detectResources({ detectors: [envDetector] }));
    this.#provider = new NodeTracerProvider({
      resource,
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    // W3C trace context and baggage; AsyncLocalStorage carries the active span along the call.
    this.#provider.register();
  }

  traceRequests(instance: FastifyInstance): void {
    traceRequests(instance, this.#provider.getTracer(SCOPE));
  }

  traceStatements(pool: RoutedPool): void {
    traceStatements(pool, this.#provider.getTracer(SCOPE));
  }

  async end(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      const late = () =>
        reject(new Error(`the collector did not accept the last spans within ${END_TIMEOUT_MS} ms`));
      timer = setTimeout(late, END_TIMEOUT_MS);
    });
    const sent = Promise.race([this.#provider.shutdown(), limit]);
    await sent.catch((error: unknown) => this.#logger.warn((error as Error).message));
    clearTimeout(timer);
    for (const api of [trace, context, propagation, diag]) api.disable();
  }
}

function logFailures(logger: Logger): void {
  const warn = throttled((message: string) => logger.warn(message), MESSAGE_INTERVAL_MS);
  const ignore = () => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
