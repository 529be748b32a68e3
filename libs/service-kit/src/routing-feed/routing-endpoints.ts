import type { IncomingMessage, ServerResponse } from 'node:http';
import { RoutedPool } from 'db-routing';
import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/service-config';
import { ExplainRequestError, explainStatement } from './explain-statement';
import { MAX_SUBSCRIBERS, RoutingFeed } from './routing-feed';

const EVENTS_PATH = '/routing/events';
const EXPLAIN_PATH = '/routing/explain';
const METHODS: Readonly<Record<string, string>> = { [EVENTS_PATH]: 'GET', [EXPLAIN_PATH]: 'POST' };

/** The requests of the management port about the routing: a stream of what it does, and explanations. */
@Injectable()
export class RoutingEndpoints {
  constructor(
    @Inject(SERVICE_CONFIG) private readonly config: ServiceConfig,
    @Inject(RoutedPool) private readonly pool: RoutedPool,
    private readonly feed: RoutingFeed,
  ) {}

  has(path: string): boolean {
    return Object.hasOwn(METHODS, path);
  }

  async serve(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = METHODS[path] ?? '';
    if (!this.config.hasRoutingFeed) {
      text(response, 404, 'off: ROUTING_FEED=on serves it');
    } else if (request.method !== method) {
      text(response, 405, `only ${method}`, { allow: method });
    } else if (path === EXPLAIN_PATH) {
      await this.#explain(request, response);
    } else if (!this.feed.subscribe(response)) {
      text(response, 503, `there are ${MAX_SUBSCRIBERS} subscribers, which is the limit`);
    }
  }

  async #explain(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = JSON.stringify(await explainStatement(this.pool, request));
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', ...NOT_STORED });
      response.end(body);
    } catch (error) {
      if (!(error instanceof ExplainRequestError)) throw error;
      // The rest of a body that is too long stays unread, so the connection cannot serve another request.
      text(response, error.status, error.message, error.status === 413 ? { connection: 'close' } : {});
    }
  }
}

const NOT_STORED = { 'cache-control': 'no-store' };

function text(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...NOT_STORED, ...headers });
  response.end(`${message}\n`);
}
