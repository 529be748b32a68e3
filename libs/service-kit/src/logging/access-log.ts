import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { isProbe, pathOf } from '../http/request-path';

const logger = new Logger('Access');

/** Logs one line for each request; for probes, at debug level. */
export function logAccess(instance: FastifyInstance): void {
  instance.addHook('onResponse', (request, reply, done) => {
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
    if (isProbe(path)) logger.debug(message, line);
    else logger.log(message, line);
    done();
  });
}
