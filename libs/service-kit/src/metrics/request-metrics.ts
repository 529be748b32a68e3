import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

const SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The path matches no route. The path itself must not become a label, because a client can send any path. */
const NO_ROUTE = 'none';

/** The client disconnected before it had its answer, so there is no status. */
const ABORTED = 'aborted';

/** Measures every request from its headers to the end of its answer, by route template. */
export function measureRequests(instance: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Requests on the public port, by route template (none: no such route) and status (aborted: the client did not wait for it).',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [registry],
  });
  instance.addHook('onRequest', (request, reply, done) => {
    const startedAtMs = performance.now();
    reply.raw.once('close', () => {
      const route = request.routeOptions.url ?? NO_ROUTE;
      const status = reply.raw.writableFinished ? String(reply.raw.statusCode) : ABORTED;
      durations.observe({ method: request.method, route, status }, (performance.now() - startedAtMs) / 1_000);
    });
    done();
  });
}
