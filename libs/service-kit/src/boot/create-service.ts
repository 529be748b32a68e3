import { RoutedPool } from 'db-routing';
import { type LoggerService, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { ServiceConfig } from '../config/service-config';
import { createHttpAdapter } from '../http/http-adapter';
import { measureRequests } from '../metrics/request-metrics';
import { ServiceMetrics } from '../metrics/service-metrics';
import { serveOpenApi } from '../open-api/serve-open-api';
import type { ServiceDefinition } from '../service-definition';
import { ServiceKitModule } from '../service-kit.module';
import { startTracing } from '../tracing/start-tracing';
import { ServiceLifecycle } from './service-lifecycle';

/** The root module, above the kit and the application. */
@Module({})
class ServiceRootModule {}

/**
 * Creates a service that does not listen yet. `bootService` runs it as a process; tests run it in their own
 * way.
 *
 * @throws what the modules throw while they start; database errors are not wrapped
 */
export async function createService(
  appModule: Type,
  definition: ServiceDefinition,
  config: ServiceConfig,
  logger: LoggerService | false,
): Promise<NestFastifyApplication> {
  const root = {
    module: ServiceRootModule,
    imports: [ServiceKitModule.forRoot(definition, config), appModule],
  };
  const adapter = await createHttpAdapter(logger);
  const instance = adapter.getInstance<FastifyInstance>();
  const tracing = config.isTracing ? startTracing(definition.name) : undefined;
  tracing?.traceRequests(instance);
  const options = {
    logger,
    // Fastify's own JSON parser; Nest's would also accept forms.
    bodyParser: false,
    abortOnError: false,
  };
  // Nest declares its options as a class that it does not export.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, options);
  tracing?.traceStatements(app.get(RoutedPool));
  if (tracing) instance.addHook('onClose', () => tracing.end());
  closeConnectionsWhileDraining(instance, app.get(ServiceLifecycle));
  measureRequests(instance, app.get(ServiceMetrics).registry);
  if (config.http.hasApiDocs) serveOpenApi(app, definition, config);
  return app;
}

function closeConnectionsWhileDraining(instance: FastifyInstance, lifecycle: ServiceLifecycle): void {
  instance.addHook('onSend', (_request, reply, payload, done) => {
    if (lifecycle.isDraining) reply.header('connection', 'close');
    done(null, payload);
  });
}
