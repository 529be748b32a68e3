import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface JsonAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

/** One caller on one persistent connection. */
export class JsonClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  ask(
    method: 'GET' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    body?: unknown,
  ): Promise<JsonAnswer> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const described = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const options = {
        method,
        agent: this.#agent,
        headers: { ...headers, ...(body !== undefined && described) },
      };
      request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode = 0, headers: answered } = response;
          const answer = Buffer.concat(chunks).toString('utf8');
          resolve({
            status: statusCode,
            headers: answered,
            body: answer === '' ? undefined : JSON.parse(answer),
          });
        });
      })
        .on('error', reject)
        .end(text);
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }
}
