import { randomUUID } from 'node:crypto';
import { CONSISTENCY_HEADER, consistentFetch } from 'db-routing';
import { type Operation, outcomeOf, parseRoute } from '../../faults/load/operation';
import type { Observation, OperationLine, Outcome, Pair } from '../history/lines';
import type { Recorder } from '../history/recorder';
import type { Customer } from './customer';
import { readToken } from './read-token';

export interface ShopUrls {
  readonly 'order-service': string;
  readonly 'history-service': string;
}

/** How a client carries its session: by hand, as any client can, or with the library's helper. */
export type Carrier = 'header' | 'consistent-fetch';

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly error?: string;
}

interface Asked {
  readonly via: keyof ShopUrls;
  readonly op: 'write' | 'read';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly request?: string;
  readonly body?: string;
}

interface Unresolved {
  readonly request: string;
  readonly body: string;
}

const REQUEST_TIMEOUT_MS = 8_000;
const HISTORY_LIMIT = 100;
/** Beyond this, the customer's history would not fit on one page. */
export const MAX_ORDERS = 60;

/** One device of a customer, which performs one operation after the other at both services. */
export class ShopSession {
  #token: string | undefined;
  #sent: string | undefined;
  #count = 0;
  readonly #fetch: typeof fetch;
  /** A request that got no answer; it is sent again with its key. */
  unresolved: Unresolved | undefined;

  constructor(
    readonly name: string,
    private readonly phase: string,
    readonly customer: Customer,
    private readonly urls: ShopUrls,
    private readonly recorder: Recorder,
    carrier: Carrier,
  ) {
    this.#fetch = carrier === 'consistent-fetch' ? consistentFetch(this.#watched) : this.#carried;
  }

  place(sku: string): Promise<Outcome> {
    const body = JSON.stringify({ items: [{ sku, quantity: 1 }] });
    return this.#place({ request: `${this.name}.${randomUUID()}`, body });
  }

  /** Repeats requests whose outcome is unknown. */
  async resolve(): Promise<Outcome> {
    return this.unresolved ? this.#place(this.unresolved) : 'ok';
  }

  readOrder(orderId: string): Promise<Outcome> {
    const asked = { via: 'order-service', op: 'read', method: 'GET', path: `/orders/${orderId}` } as const;
    return this.#ask(asked, 'order', ({ status, body }) => {
      const reads = [{ key: keyOf(orderId), version: status === 200 ? 1 : 0 }];
      return { reads, pairs: status === 200 ? [itemsOf(body)] : [] };
    });
  }

  readHistory(): Promise<Outcome> {
    // The read must show everything that its session knew before the read began.
    const known = [...this.customer.orders];
    const path = `/history?limit=${HISTORY_LIMIT}`;
    return this.#ask({ via: 'history-service', op: 'read', method: 'GET', path }, 'history', ({ body }) => {
      const { items } = JSON.parse(body) as { items: { id: string }[] };
      const shown = new Set(items.map(({ id }) => id));
      return {
        reads: [...new Set([...known, ...shown])].map((id) => ({
          key: keyOf(id),
          version: shown.has(id) ? 1 : 0,
        })),
      };
    });
  }

  async #place(asked: Unresolved): Promise<Outcome> {
    this.unresolved = asked;
    const outcome = await this.#ask(
      { via: 'order-service', op: 'write', method: 'POST', path: '/orders', ...asked },
      'place',
      ({ body }) => {
        const { id } = JSON.parse(body) as { id: string };
        this.customer.orders.add(id);
        return { writes: [{ key: keyOf(id), version: 1 }] };
      },
    );
    if (outcome !== 'unknown') this.unresolved = undefined;
    return outcome;
  }

  async #ask(
    asked: Asked,
    kind: Operation['kind'],
    findings: (answer: Answer) => { reads?: Observation[]; writes?: OperationLine['writes']; pairs?: Pair[] },
  ): Promise<Outcome> {
    const id = `${this.name}.${++this.#count}`;
    this.#sent = undefined;
    const startMs = performance.now();
    const answer = await this.#send(asked);
    const endMs = performance.now();
    const outcome = outcomeOf(kind, answer);
    const found = outcome === 'ok' ? findings(answer) : {};
    const { node, role, reason } = parseRoute(answer.headers['x-db-route']).at(-1) ?? {};
    const tokenOut = readToken(answer.headers[CONSISTENCY_HEADER]);
    const { via, op, request } = asked;
    this.recorder.add({
      line: 'operation',
      id,
      session: this.name,
      phase: this.phase,
      via,
      op,
      level: op === 'read' ? 'session' : undefined,
      writes: found.writes ?? (op === 'write' ? [{ key: 'order' }] : []),
      reads: found.reads ?? [],
      pairs: found.pairs ?? [],
      request,
      tokenIn: readToken(this.#sent),
      tokenOut,
      node,
      role,
      reason,
      timeline: tokenOut?.timeline,
      startMs,
      endMs,
      outcome,
      error: outcome === 'ok' ? undefined : (answer.error ?? `${answer.status} ${answer.body.slice(0, 200)}`),
    });
    return outcome;
  }

  async #send({ via, method, path, request, body }: Asked): Promise<Answer> {
    try {
      const response = await this.#fetch(`${this.urls[via]}${path}`, {
        method,
        headers: {
          authorization: this.customer.authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(request !== undefined && { 'idempotency-key': request }),
        },
        ...(body !== undefined && { body }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      };
    } catch (error) {
      const { cause, message } = error as Error;
      const { code } = (cause ?? {}) as { code?: unknown };
      return { status: 0, headers: {}, body: '', error: typeof code === 'string' ? code : message };
    }
  }

  /** The token of the last answer is sent with the next request. */
  readonly #carried: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    if (this.#token !== undefined) headers.set(CONSISTENCY_HEADER, this.#token);
    const response = await this.#watched(input, { ...init, headers });
    this.#token = response.headers.get(CONSISTENCY_HEADER) ?? this.#token;
    return response;
  };

  readonly #watched: typeof fetch = async (input, init) => {
    this.#sent = new Headers(init?.headers).get(CONSISTENCY_HEADER) ?? undefined;
    return fetch(input, init);
  };
}

function keyOf(orderId: string): string {
  return `order/${orderId}`;
}

function itemsOf(body: string): Pair {
  const { id, itemCount, items } = JSON.parse(body) as {
    id: string;
    itemCount: number;
    items: { quantity: number }[];
  };
  return { what: keyOf(id), values: [itemCount, items.reduce((sum, { quantity }) => sum + quantity, 0)] };
}
