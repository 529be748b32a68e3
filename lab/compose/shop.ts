import { mintDevelopmentToken } from '@app/service-kit';
import { randomUUID } from 'node:crypto';

const TIMEOUT_MS = 10_000;
const SKU = 'BAG-AMBER';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Alice, who uses the published ports and remembers which orders were acknowledged. */
export class Shop {
  readonly acknowledged: string[] = [];
  #token = '';

  constructor(
    readonly orderUrl: string,
    readonly historyUrl: string,
  ) {}

  /** Places an order, which may fail. */
  async tryToOrder(url = this.orderUrl): Promise<Answer> {
    const answer = await this.#ask(`${url}/orders`, { items: [{ sku: SKU, quantity: 1 }] });
    if (answer.status === 201) this.acknowledged.push((answer.body as { id: string }).id);
    return answer;
  }

  /** @throws Error when the order is not placed */
  async order(url?: string): Promise<{ id: string; route: string }> {
    const answer = await this.tryToOrder(url);
    if (answer.status !== 201) throw new Error(`POST /orders answered ${describe(answer)}`);
    return { id: (answer.body as { id: string }).id, route: answer.headers.get('x-db-route') ?? '' };
  }

  /** @throws Error when the answer is not 200 */
  async get(url: string): Promise<{ body: unknown; route: string }> {
    const answer = await this.#ask(url);
    if (answer.status !== 200) throw new Error(`GET ${url} answered ${describe(answer)}`);
    return { body: answer.body, route: answer.headers.get('x-db-route') ?? '' };
  }

  async latestOfHistory(url = this.historyUrl): Promise<string | undefined> {
    const { body } = await this.get(`${url}/history?limit=1`);
    return (body as { items: { id: string }[] }).items[0]?.id;
  }

  async #ask(url: string, order?: object): Promise<Answer> {
    this.#token ||= await mintDevelopmentToken('alice', {});
    const response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(order && { 'content-type': 'application/json', 'idempotency-key': randomUUID() }),
      },
      ...(order && { method: 'POST', body: JSON.stringify(order) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }
}

export function describe({ status, body }: Answer): string {
  return `${status}: ${JSON.stringify(body).slice(0, 300)}`;
}
