import { Logger, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadDotEnv, loadServiceConfig } from '../config/load-config';
import type { ServiceConfig } from '../config/service-config';
import { ManagementServer } from '../management/management-server';
import { ServiceLogger } from '../logging/service-logger';
import type { ServiceDefinition } from '../service-definition';
import { compileWasmOnce } from './compile-wasm-once';
import { createService } from './create-service';
import { drain } from './drain';
import { ServiceLifecycle } from './service-lifecycle';
import { describeStartFailure, requireFreePorts } from './start-failure';

/**
 * Runs a service in this process: reads the configuration from the environment (and `.env`), connects to the
 * database, starts the HTTP server, and shuts down gracefully on SIGTERM, on SIGINT, and when the parent
 * process is gone.
 *
 * Never throws: if the service cannot start, it prints one line on standard error and sets exit code 1.
 */
export async function bootService(appModule: Type, definition: ServiceDefinition): Promise<void> {
  // If the parent is killed during the start, the service must not keep running.
  process.once('disconnect', exitBeforeStart);
  compileWasmOnce();
  try {
    loadDotEnv();
    const config = loadServiceConfig(definition, process.env);
    await requireFreePorts(definition, config);
    const logger = serviceLogger(config);
    for (const warning of config.warnings) logger.warn(warning, definition.name);
    const app = await createService(appModule, definition, config, logger);
    endGracefully(app, config, definition.name);
    const { host, port, managementPort, environment } = config;
    // Before the public port, so that a client that finds that one finds this one too.
    const management = await app.get(ManagementServer).listen({ host, port: managementPort });
    await app.listen({ port, host });
    new Logger(definition.name).log(`listening on ${await app.getUrl()}`, { environment, management });
  } catch (error) {
    for (const line of describeStartFailure(error)) process.stderr.write(`${definition.name}: ${line}\n`);
    process.exit(1);
  }
}

function exitBeforeStart(): void {
  process.exit(1);
}

function serviceLogger({ environment }: ServiceConfig): ServiceLogger {
  const isTerminal = environment === 'development' && process.stdout.isTTY;
  return new ServiceLogger({ json: !isTerminal, levelVariable: process.env.NEST_LOG_LEVEL });
}

function endGracefully(
  app: NestFastifyApplication,
  { drainDelayMs, drainTimeoutMs }: ServiceConfig,
  name: string,
): void {
  const logger = new Logger(name);
  const lifecycle = app.get(ServiceLifecycle);
  const end = async (reason: string): Promise<void> => {
    // Ctrl-C reaches a service twice: from the terminal, and from its parent process.
    if (lifecycle.isDraining) return;
    logger.log(`${reason}: draining`);
    try {
      const outcome = await drain(
        { beginDrain: () => lifecycle.beginDrain(), close: () => app.close() },
        { delayMs: drainDelayMs, timeoutMs: drainTimeoutMs },
      );
      if (outcome === 'timed-out') {
        logger.error(`not drained within DRAIN_TIMEOUT_MS (${drainTimeoutMs}): requests were cut off`);
        process.exit(1);
      }
      logger.log('drained');
      process.exit(0);
    } catch (error) {
      logger.error(error);
      process.exit(1);
    }
  };
  process.off('disconnect', exitBeforeStart);
  process.on('SIGTERM', () => void end('SIGTERM'));
  process.on('SIGINT', () => void end('SIGINT'));
  // Only emitted when a parent started this process with an IPC channel.
  process.once('disconnect', () => void end('the parent process is gone'));
}
