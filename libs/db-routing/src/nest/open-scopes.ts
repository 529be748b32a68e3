import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { beforeHeaders } from './answer-headers';
import { RequestScope } from './request-scope';
import type { RequestScopes } from './request-scopes';

type Done = (error?: Error) => void;

type Middleware = (request: IncomingMessage, response: ServerResponse, next: Done) => void;

/** As much of Fastify as is needed here: an application on Express has none. */
interface FastifyLike {
  /** Of @fastify/middie, which Nest registers before the modules are made. */
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

/** As much of an HTTP adapter as is needed here. */
type ScopedAdapter = Pick<
  AbstractHttpAdapter,
  'getType' | 'getInstance' | 'use' | 'isHeadersSent' | 'setHeader' | 'appendHeader'
>;

interface FastifyMessage<T> {
  readonly raw: T;
}

/**
 * Every request runs in a scope of its own, from before Nest's middleware and guards, which an interceptor would come too late for. Called
 * when the adapter is set, before the application adds middleware of its own; null: it serves no HTTP.
 */
export function openScopes(adapter: ScopedAdapter | null, scopes: RequestScopes): void {
  if (adapter === null) return;
  const open: Middleware = (request, response, next) => {
    const enter = (scope: RequestScope) => {
      // What is not sent by way of the adapter too: event streams, middleware that answers.
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
  // As the first of all middleware; a hook that is added after middie's would come after them.
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
    if (settled) void settled.then(answer);
    else answer();
  });
}
