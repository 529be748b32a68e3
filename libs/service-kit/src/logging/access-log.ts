import { ConsoleLogger, Logger, type LoggerService, type LogLevel } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { isProbe, pathOf } from '../http/request-path';

const logger = new Logger('Access');

/** Logs one line for each request that `log` wants to have; for probes, at debug level. */
export function logAccess(instance: FastifyInstance, log: LoggerService | false): void {
  if (log === false) return;
  const wants = (level: LogLevel) => !(log instanceof ConsoleLogger) || log.isLevelEnabled(level);
  instance.addHook('onResponse', (request, reply, done) => {
    const level = isProbe(request.url) ? 'debug' : 'log';
    if (!wants(level)) {
      done();
      return;
    }
    const path = pathOf(request.url);
    const line = {
      method: request.method,
      path,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      requestId: request.id,
      customer: request.caller?.subject,
    };
    const message = `${request.method} ${path} ${reply.statusCode}`;
    logger[level](message, line);
    done();
  });
}
