import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import fastifyStatic from '@fastify/static';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FaultRefusedError } from '../cluster-controls';
import { refusalOf } from './guard';
import { packageFiles, pageDirectory, pageWith, SECURITY_HEADERS } from './page';

const TOKEN_HEADER = 'x-console-token';
const TOKEN_BYTES = 24;
/** The page and its files, which contain nothing that is secret but the page's own token. */
const OPEN_PATH = /^\/($|page\/|packages\/|favicon\.ico$)/;

/** One thing that the page can ask for. */
export interface Action<Body> {
  readonly body: z.ZodType<Body>;
  readonly run: (body: Body) => Promise<unknown>;
}

export interface ConsoleServerOptions {
  readonly actions: ReadonlyMap<string, Action<never>>;
  /** Sends server-sent events until the window is closed; false when there are too many. */
  readonly subscribe: (response: FastifyReply['raw']) => boolean;
}

/** Serves the page, the stream of its data and its actions, to browsers on this machine only. */
export class ConsoleServer {
  readonly #token = randomBytes(TOKEN_BYTES).toString('base64url');
  readonly #app: FastifyInstance = fastify({ forceCloseConnections: true });

  constructor(private readonly options: ConsoleServerOptions) {}

  /** Resolves with the port; 0 selects a free one. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    const app = this.#app;
    app.removeContentTypeParser('text/plain');
    app.addHook('onRequest', (request, reply, done) => {
      reply.headers(SECURITY_HEADERS);
      const refusal = this.#refusalOf(request);
      if (refusal === undefined) done();
      else void reply.status(403).send({ message: `Refused: ${refusal}.` });
    });
    app.setErrorHandler((error, _request, reply) => answerError(error, reply));
    app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(pageWith(this.#token)));
    app.get('/favicon.ico', (_request, reply) => reply.status(204).send());
    app.get('/events', (_request, reply) => this.#stream(reply));
    for (const [path, action] of this.options.actions) {
      app.post(path, async ({ body }) => (await action.run(action.body.parse(body))) ?? {});
    }
    await app.register(fastifyStatic, { root: pageDirectory, prefix: '/page/', cacheControl: false });
    for (const [path, file] of packageFiles) {
      app.get(`/packages/${path}`, (_request, reply) => reply.sendFile(basename(file), dirname(file)));
    }
    return Number(new URL(await app.listen({ host, port })).port);
  }

  async close(): Promise<void> {
    await this.#app.close();
  }

  #refusalOf({ headers, url, query }: FastifyRequest): string | undefined {
    const [path = ''] = url.split('?', 1);
    const fromHeader = headers[TOKEN_HEADER]?.toString();
    // EventSource cannot send headers.
    const fromQuery = path === '/events' ? (query as { token?: string }).token : undefined;
    return refusalOf(
      { headers, token: fromHeader ?? fromQuery },
      { expectedToken: OPEN_PATH.test(path) ? undefined : this.#token },
    );
  }

  #stream(reply: FastifyReply): void {
    reply.hijack();
    const { raw } = reply;
    const headers = { ...SECURITY_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' };
    raw.writeHead(200, headers);
    if (this.options.subscribe(raw)) return;
    raw.end('event: refused\ndata: {"message":"Too many windows are open: close one."}\n\n');
  }
}

function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof z.ZodError) return reply.status(400).send({ message: z.prettifyError(error) });
  if (error instanceof FaultRefusedError) return reply.status(409).send({ message: error.message });
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  return reply.status(statusCode).send({ message });
}
