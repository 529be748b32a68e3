import { Agent, type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Set when the request has its own limit. */
  readonly timeoutMs?: number;
}

/** The response; `status` 0 means that there was none, and `error` says why. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly error?: string;
}

/** Keep-alive connections, a deadline for everything, and no exceptions for what a server does. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1024 });

  constructor(private readonly timeoutMs: number) {}

  /**
   * Sends the request to the first address that accepts the connection. A refused connection carried nothing,
   * so the next address may get the request, as with any load balancer.
   */
  async ask(addresses: readonly string[], asked: HttpRequest): Promise<HttpAnswer> {
    let answer: HttpAnswer = { status: 0, headers: {}, body: '', error: 'no address to ask' };
    for (const address of addresses) {
      answer = await this.start(address, asked).answer;
      if (answer.error !== 'ECONNREFUSED') return answer;
    }
    return answer;
  }

  /** Includes the request, so that a test can destroy its socket. */
  start(address: string, asked: HttpRequest): { request: ClientRequest; answer: Promise<HttpAnswer> } {
    const { method, path, headers, body, timeoutMs = this.timeoutMs } = asked;
    const sent = request(new URL(path, address), {
      method,
      agent: this.#agent,
      headers: {
        ...headers,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      },
    });
    let hasResponse = false;
    const answer = new Promise<HttpAnswer>((resolve) => {
      const fail = (error: string) => resolve({ status: 0, headers: {}, body: '', error });
      const timer = setTimeout(() => {
        fail(`no answer within ${timeoutMs} ms`);
        sent.destroy();
      }, timeoutMs);
      sent.once('close', () => {
        clearTimeout(timer);
        // If there is a response, it ends or breaks, possibly later.
        if (!hasResponse) fail('connection closed');
      });
      sent.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
      sent.once('response', (response) => {
        hasResponse = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
        response.on('end', () => {
          const { statusCode = 0, headers: answered } = response;
          resolve({ status: statusCode, headers: answered, body: Buffer.concat(chunks).toString('utf8') });
        });
      });
    });
    sent.end(body);
    return { request: sent, answer };
  }

  close(): void {
    this.#agent.destroy();
  }
}
