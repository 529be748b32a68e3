import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { beforeHeaders } from './before-headers';
import { RequestScope } from './request-scope';
import type { RequestScopes } from './request-scopes';

type Done = (error?: Error) => void;

type Middleware = (request: IncomingMessage, response: ServerResponse, next: Done) => void;

/** The part of Fastify that is needed here; an application on Express does not have it. */
interface FastifyLike {
  /** Of @fastify/middie, which Nest registers before it makes the modules. */
  use?(middleware: Middleware): void;
  addHook(
    name: 'onRequest' | 'preValidation',
    hook: (
      request: FastifyMessage<IncomingMessage>,
      reply: FastifyMessage<ServerResponse>,
      done: Done,
    ) => void,
  ): void;
  addHook(
    name: 'onSend',
    hook: (
      request: FastifyMessage<IncomingMessage>,
      reply: FastifyMessage<ServerResponse>,
      payload: unknown,
      done: (error: Error | null, payload: unknown) => void,
    ) => void,
  ): void;
}

/** The part of an HTTP adapter that is needed here. */
type ScopedAdapter = Pick<
  AbstractHttpAdapter,
  'getType' | 'getInstance' | 'use' | 'isHeadersSent' | 'setHeader' | 'appendHeader'
>;

interface FastifyMessage<T> {
  readonly raw: T;
}

/**
 * Makes every request run in a scope of its own, which begins before Nest's middleware and guards; an
 * interceptor would come too late for them. Call it when the adapter is set, before the application adds
 * middleware of its own. Does nothing for null, an application that serves no HTTP.
 */
export function installScopeMiddleware(adapter: ScopedAdapter | null, scopes: RequestScopes): void {
  if (adapter === null) return;
  const open: Middleware = (request, response, next) => {
    const enter = (scope: RequestScope) => {
      // Covers answers that bypass the adapter: event streams, middleware that answers.
      beforeHeaders(response, () => scopes.answer(scope, adapter, response));
      scope.run(() => next());
    };
    const scope = scopes.begin(request, response);
    if (scope instanceof RequestScope) enter(scope);
    else scope.then(enter, next);
  };
  if (adapter.getType() !== 'fastify') {
    adapter.use(open);
    return;
  }
  const instance: FastifyLike = adapter.getInstance();
  // As the first middleware of all; a hook added after that of middie would run after it.
  if (instance.use) instance.use(open);
  else instance.addHook('onRequest', (request, reply, done) => open(request.raw, reply.raw, done));
  instance.addHook('preValidation', ({ raw }, _reply, done) => {
    const scope = RequestScope.of(raw);
    if (scope) scope.run(() => done());
    else done();
  });
  instance.addHook('onSend', ({ raw }, reply, payload, done) => {
    const scope = RequestScope.of(raw);
    if (!scope) {
      done(null, payload);
      return;
    }
    const answer = () => {
      scopes.answer(scope, adapter, reply);
      done(null, payload);
    };
    const { settled } = scope.parts.session;
    const ending = settled ? settled.then(() => scope.beforeAnswer?.()) : scope.beforeAnswer?.();
    if (ending) void ending.then(answer);
    else answer();
  });
}
