import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { isApiDocs } from './request-path';

/** For answers that are data. helmet's other headers tell a browser how to treat documents. */
const API_HEADERS: FastifyHelmetOptions = {
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
const API_DOCS_HEADERS: FastifyHelmetOptions = {
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

/** Sets the security headers of every answer. */
export async function setSecurityHeaders(instance: FastifyInstance): Promise<void> {
  // helmet reads a route's own settings in a hook of its own, so this one comes before it.
  instance.addHook('onRoute', (route) => {
    if (isApiDocs(route.url)) route.helmet = API_DOCS_HEADERS;
  });
  await instance.register(helmet, API_HEADERS);
}
