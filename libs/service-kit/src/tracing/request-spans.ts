import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isProbe, pathOf } from '../http/request-path';

/**
 * Makes one span for each request, using Fastify's hooks: they know the route's template and patch nothing in
 * Node. Probes get no span.
 */
export function traceRequests(instance: FastifyInstance, tracer: Tracer): void {
  const contexts = new WeakMap<FastifyRequest, Context>();
  instance.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request.url)) {
      done();
      return;
    }
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = startSpan(tracer, request, parent);
    const own = trace.setSpan(parent, span);
    contexts.set(request, own);
    // Not Fastify's onResponse: Fastify does not call it when the client disconnects.
    reply.raw.once('close', () => endSpan(span, reply));
    context.with(own, done);
  });
  // A body arrives in the socket's async context, so code that runs after it is no longer in the request's
  // context.
  instance.addHook('preValidation', (request, _reply, done) => {
    const own = contexts.get(request);
    if (own) context.with(own, done);
    else done();
  });
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server */
function startSpan(tracer: Tracer, request: FastifyRequest, parent: Context): Span {
  const { method, protocol, routeOptions } = request;
  const route = routeOptions.url;
  const userAgent = request.headers['user-agent'];
  return tracer.startSpan(
    route === undefined ? method : `${method} ${route}`,
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': method,
        'url.path': pathOf(request.url),
        'url.scheme': protocol,
        'server.address': request.hostname,
        'network.protocol.version': request.raw.httpVersion,
        // The access log contains it too.
        'http.request.header.x-request-id': [request.id],
        ...(route !== undefined && { 'http.route': route }),
        ...(userAgent !== undefined && { 'user_agent.original': userAgent }),
      },
    },
    parent,
  );
}

function endSpan(span: Span, { raw }: FastifyReply): void {
  if (raw.writableFinished) {
    span.setAttribute('http.response.status_code', raw.statusCode);
    if (raw.statusCode >= 500) fail(span, String(raw.statusCode));
  } else {
    fail(span, 'aborted');
  }
  span.end();
}

function fail(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
