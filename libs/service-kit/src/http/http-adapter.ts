import type { LoggerService } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { logAccess } from '../logging/access-log';
import { sendProblem } from '../problems/send-problem';
import { answerClientError } from './client-error';
import { refuseEncodedBodies } from './content-encoding';
import { MAX_BODY_BYTES, MAX_PATH_PARAMETER_LENGTH } from './limits';
import { refuseOtherMethods } from './method-not-allowed';
import { registerRateLimit } from './rate-limiter';
import { requestIdOf } from './request-id';
import { setHeaders } from './headers';

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Fastify as every service uses it: JSON only, limited bodies, request ids, problem details, security
 * headers, access log.
 */
export async function createHttpAdapter(log: LoggerService | false): Promise<FastifyAdapter> {
  const adapter = new FastifyAdapter({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    genReqId: requestIdOf,
    // While draining, requests that arrive on open connections are still served, and their connections are
    // then closed.
    return503OnClosing: false,
    // The router refuses malformed URLs before Nest's filters are in place.
    frameworkErrors: sendProblem,
    clientErrorHandler: answerClientError,
  });
  const instance = adapter.getInstance<FastifyInstance>();
  instance.removeContentTypeParser('text/plain');
  instance.decorateRequest('caller', undefined);
  setHeaders(instance);
  await registerRateLimit(instance);
  refuseOtherMethods(instance);
  refuseEncodedBodies(instance);
  logAccess(instance, log);
  return adapter;
}
