import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceConfig } from '../config/service-config';
import { API_DOCS_PATH } from '../http/request-path';
import type { ServiceDefinition } from '../service-definition';
import type * as Loaded from './open-api';

const NOT_FOUND = 404;
/** These say how an answer was sent, not what it is. */
const OF_CONNECTION = new Set(['connection', 'date', 'keep-alive', 'transfer-encoding']);

/**
 * Serves the OpenAPI UI at /docs and the document at /docs/openapi.json. The first request loads what makes
 * them, which takes a few tenths of a second.
 */
export function serveOpenApi(
  app: NestFastifyApplication,
  definition: ServiceDefinition,
  config: Pick<ServiceConfig, 'environment'>,
): void {
  const instance = app.getHttpAdapter().getInstance();
  let pages: Promise<NestFastifyApplication> | undefined;
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    pages ??= loadOpenApi().createOpenApi(app, definition, config);
    const { url, headers } = request;
    const { statusCode, headers: given, rawPayload } = await (await pages).inject({ url, headers });
    if (statusCode === NOT_FOUND) {
      reply.callNotFound();
      return reply;
    }
    for (const [name, value] of Object.entries(given)) {
      if (value !== undefined && !OF_CONNECTION.has(name)) reply.header(name, value);
    }
    return reply.status(statusCode).send(rawPayload);
  };
  instance.get(API_DOCS_PATH, answer);
  instance.get(`${API_DOCS_PATH}/*`, answer);
  // Pages that could not be made were an error of their request, not of the end of the service.
  instance.addHook('onClose', async () => (await pages?.catch(() => undefined))?.close());
}

function loadOpenApi(): typeof Loaded {
  // Not import(): TypeScript requires the extension of a compiled file there, and tests run the sources.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('./open-api') as typeof Loaded;
}
