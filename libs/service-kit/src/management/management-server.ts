import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type HealthAnswer, HealthAnswers } from '../health/health-answers';
import { pathOf } from '../http/request-path';
import { ServiceMetrics } from '../metrics/service-metrics';
import { RoutingEndpoints } from '../routing-feed/routing-endpoints';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves operators and monitoring on a separate port: metrics, health with the names of nodes, and what the
 * routing does. It requires no token; the network controls who can reach it. It serves until the last request
 * on the public port is done.
 */
@Injectable()
export class ManagementServer implements OnApplicationShutdown {
  readonly #logger = new Logger(ManagementServer.name);
  readonly #server: Server;

  constructor(
    private readonly health: HealthAnswers,
    private readonly metrics: ServiceMetrics,
    private readonly routing: RoutingEndpoints,
  ) {
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void this.#serve(request, response),
    );
  }

  /** Resolves with the URL it listens on; port 0 selects any free port. Rejects with the system's error. */
  async listen({ host, port }: { host: string; port: number }): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, resolve);
    });
    const { address, port: listening, family } = this.#server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${listening}`;
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request.url ?? '');
    if (this.routing.has(path)) {
      await this.routing.serve(path, request, response).catch((error: unknown) => {
        this.#logger.error(error);
        response.destroy();
      });
      return;
    }
    const { status, contentType, body } = await this.#answer(request);
    response.writeHead(status, {
      'content-type': contentType,
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'GET, HEAD' }),
    });
    response.end(body);
  }

  async #answer({ method = '', url = '' }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET and HEAD\n');
    try {
      switch (pathOf(url)) {
        case '/metrics':
          return {
            status: 200,
            contentType: this.metrics.registry.contentType,
            body: await this.metrics.registry.metrics(),
          };
        case '/health':
          return json(await this.health.details());
        case '/health/live':
          return json(this.health.live());
        case '/health/ready':
          return json(await this.health.ready());
        default:
          return text(
            404,
            'there are /metrics, /health, /health/live, /health/ready, /routing/events and /routing/explain\n',
          );
      }
    } catch (error) {
      this.#logger.error(error);
      return text(500, 'failed; the log says why\n');
    }
  }
}

function json({ httpStatus, body }: HealthAnswer<object>): Answer {
  return {
    status: httpStatus,
    contentType: 'application/json; charset=utf-8',
    body: JSON.stringify(body),
  };
}

function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body };
}
