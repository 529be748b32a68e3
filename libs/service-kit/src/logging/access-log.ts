import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

const logger = new Logger('Access');

/**
 * Logs one line for each request. Probes arrive every few seconds, so they are logged at debug level only.
 */
export function logAccess(instance: FastifyInstance): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const path = request.url.split('?', 1)[0] ?? request.url;
    const line = {
      method: request.method,
      path,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      requestId: request.id,
      customer: request.caller?.subject,
    };
    const message = `${request.method} ${path} ${reply.statusCode}`;
    if (path.startsWith('/health')) logger.debug(message, line);
    else logger.log(message, line);
    done();
  });
}
