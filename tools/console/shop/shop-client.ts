import { Agent, request } from 'node:http';
import { CONSISTENCY_HEADER } from 'db-routing';

const TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 64;

export interface ShopRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly accessToken: string;
  /** The session that the request continues. */
  readonly consistencyToken?: string | undefined;
  readonly body?: unknown;
}

export interface ShopAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** From JSON; undefined when there was none. */
  readonly body: unknown;
  readonly durationMs: number;
}

/** The service did not answer; the page shows the message. */
export class ShopUnavailableError extends Error {
  override readonly name = 'ShopUnavailableError';
  readonly statusCode = 502;
}

/** A client of one service, on connections that stay open: fetch() would take more time than the services. */
export class ShopClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });

  constructor(private readonly url: string) {}

  /** @throws ShopUnavailableError when there is no answer, or none in time */
  async send(shopRequest: ShopRequest): Promise<ShopAnswer> {
    try {
      return await this.#send(shopRequest);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new ShopUnavailableError(`${this.url} does not answer: ${code ?? message}`, { cause: error });
    }
  }

  #send({ method, path, accessToken, consistencyToken, body }: ShopRequest): Promise<ShopAnswer> {
    const startedMs = performance.now();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${accessToken}`,
      ...(consistencyToken !== undefined && { [CONSISTENCY_HEADER]: consistencyToken }),
      ...(text !== undefined && { 'content-type': 'application/json' }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, this.url),
        { method, headers, agent: this.#agent, timeout: TIMEOUT_MS },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers as Readonly<Record<string, string>>,
              body: fromJson(Buffer.concat(chunks).toString()),
              durationMs: performance.now() - startedMs,
            });
          });
        },
      );
      sent.once('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
      sent.once('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
