import type { FastifyInstance } from 'fastify';
import findMyWay from 'find-my-way';
import { Problem } from '../problems/problem';
import { MAX_PATH_PARAMETER_LENGTH } from './limits';
import { pathOf } from './request-path';

/** Answers 405 and names the methods of a path in Allow, where the router alone would answer 404. */
export function refuseOtherMethods(instance: FastifyInstance): void {
  // Fastify cannot say which methods a path has, so a second router of the same kind knows the same routes.
  const router = findMyWay({ maxParamLength: MAX_PATH_PARAMETER_LENGTH });
  const methods = new Set<string>();
  instance.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat() as findMyWay.HTTPMethod[]) {
      methods.add(one);
      if (!router.hasRoute(one, url)) router.on(one, url, () => undefined);
    }
  });
  // After onRequest, where requests are measured.
  instance.addHook('preParsing', ({ is404, method, url }, _reply, body, done) => {
    if (!is404) {
      done(null, body);
      return;
    }
    const path = pathOf(url);
    const allowed = [...methods].filter((one) => router.find(one as findMyWay.HTTPMethod, path) !== null);
    if (allowed.length === 0) done(null, body);
    else done(methodNotAllowed(method, allowed.sort().join(', ')));
  });
}

function methodNotAllowed(method: string, allow: string): Problem {
  return new Problem({
    status: 405,
    detail: `The method is ${method}: here it must be one of ${allow}.`,
    headers: { allow },
  });
}
