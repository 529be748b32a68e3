import { Agent, type ClientRequest, type IncomingHttpHeaders, request } from 'node:http';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Where it has a limit of its own. */
  readonly timeoutMs?: number;
}

/** What came back; `status` 0: nothing did, and `error` says why. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly error?: string;
}

/** Keep-alive connections, a deadline on everything, and no exception for what a server does. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1024 });

  constructor(private readonly timeoutMs: number) {}

  /**
   * Asks the first of the addresses that takes the connection. A refused connection carried nothing, so the
   * next address may have the request: what any load balancer does.
   */
  async ask(addresses: readonly string[], asked: HttpRequest): Promise<HttpAnswer> {
    let answer: HttpAnswer = { status: 0, headers: {}, body: '', error: 'no address to ask' };
    for (const address of addresses) {
      answer = await this.start(address, asked).answer;
      if (answer.error !== 'ECONNREFUSED') return answer;
    }
    return answer;
  }

  /** The request itself as well, so that its socket can be destroyed. */
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
        // With a response it is the response that ends, or breaks, and it may do so later.
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
