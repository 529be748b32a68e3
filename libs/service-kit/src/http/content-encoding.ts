import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Problem } from '../problems/problem';

/** Refuses compressed bodies. Fastify would take their bytes for JSON. */
export function refuseEncodedBodies(instance: FastifyInstance): void {
  instance.addHook('preParsing', ({ headers }, _reply, body, done) => {
    const encoding = headers['content-encoding'];
    if (encoding === undefined || encoding.toLowerCase() === 'identity' || !hasBody(headers))
      done(null, body);
    else done(unsupportedEncoding(encoding));
  });
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** RFC 9110, section 15.5.16: Accept-Encoding tells the client that the encoding was the problem. */
function unsupportedEncoding(value: string): Problem {
  const field = 'content-encoding';
  const message = 'must be identity';
  return new Problem({
    status: 415,
    detail: `${field} is ${JSON.stringify(value)}: it ${message}`,
    errors: [{ field, value, message }],
    headers: { 'accept-encoding': 'identity' },
  });
}
