import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet, { type HelmetOptions } from 'helmet';
import type { FastifyInstance } from 'fastify';
import { isApiDocs } from './request-path';

/** For answers that are data. helmet's other headers tell a browser how to treat documents. */
const API: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  frameguard: { action: 'deny' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
};

/** The OpenAPI UI loads its scripts from this server, sets inline styles and embeds its icons. */
const API_DOCS: HelmetOptions = {
  ...API,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
};

/**
 * Sets the headers of every answer. All but one are always the same: helmet's middleware would make each of
 * them again for every request.
 */
export function setHeaders(instance: FastifyInstance): void {
  // Answers are a customer's own, and change with every write.
  const ofData = { ...headersOf(API), 'cache-control': 'no-store' };
  const ofDocuments = headersOf(API_DOCS);
  instance.addHook('onRequest', ({ id, routeOptions: { url } }, reply, done) => {
    reply.header('x-request-id', id);
    reply.headers(url !== undefined && isApiDocs(url) ? ofDocuments : ofData);
    done();
  });
}

/** Returns the headers that helmet sets with these options. They don't depend on the request. */
function headersOf(options: HelmetOptions): Record<string, string> {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(options)(request, response, (error) => {
    if (error !== undefined) throw error as Error;
  });
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
