import { randomUUID } from 'node:crypto';
import { type HttpAnswer, HttpClient, type HttpRequest } from './http-client';
import { type Operation, type OperationKind, outcomeOf, parseRoute } from './operation';
import { missingOrder, tornOrder } from './read-check';
import { Session } from './session';

/** Where the load goes; called for every request, so that a service can leave. */
export interface LoadTargets {
  readonly order: () => readonly string[];
  readonly history: () => readonly string[];
}

export interface LoadOptions {
  readonly targets: LoadTargets;
  /** Customers are named `<prefix>-<number>`. */
  readonly prefix: string;
  readonly skus: readonly string[];
  readonly readsPerSecond: number;
  readonly ordersPerSecond: number;
}

const TICK_MS = 20;
/** Sessions that take turns; more are opened only while all of these wait for an answer. */
const REGULAR_SESSIONS = 12;
const MAX_SESSIONS = 600;
/** A request may take 3 s, and this adds time for the network: a read that takes longer has failed. */
export const READ_TIMEOUT_MS = 3_250;
/** Orders get more time, because after giving up on one, its outcome is unknown. */
export const ORDER_TIMEOUT_MS = 6_000;
const HISTORY_LIMIT = 50;

/**
 * Sends requests at a steady rate regardless of earlier ones: an open loop, because customers do not wait for
 * each other.
 */
export class Load {
  readonly operations: Operation[] = [];
  readonly #http = new HttpClient(ORDER_TIMEOUT_MS);
  readonly #sessions: Session[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #due = { reads: 0, orders: 0 };
  #turn = 0;
  #opened = 0;
  /** Requests that found no free session: then the load did not keep its rate. */
  skipped = 0;

  constructor(readonly options: LoadOptions) {}

  async start(): Promise<void> {
    for (let index = 0; index < REGULAR_SESSIONS; index++) await this.#openSession();
    let lastMs = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      const { readsPerSecond, ordersPerSecond } = this.options;
      this.#due.reads += ((nowMs - lastMs) / 1_000) * readsPerSecond;
      this.#due.orders += ((nowMs - lastMs) / 1_000) * ordersPerSecond;
      lastMs = nowMs;
      for (; this.#due.reads >= 1; this.#due.reads--) this.#begin('read');
      for (; this.#due.orders >= 1; this.#due.orders--) this.#begin('place');
    }, TICK_MS);
  }

  /** Resolves when every request in flight has been answered or has timed out. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  /** Starts no new requests, and waits for those in flight. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.settle();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#http.close();
  }

  /** Repeats an order whose outcome is unknown, with the same key. */
  async repeat(operation: Operation): Promise<HttpAnswer> {
    const session = this.#sessions.find(({ customer }) => customer === operation.session);
    if (session === undefined || operation.placed === undefined)
      throw new TypeError('Not an order of this load.');
    const { key, body } = operation.placed;
    return this.#http.ask(this.options.targets.order(), placeRequest(session, key, body));
  }

  #begin(what: 'read' | 'place'): void {
    const work: Promise<void> = this.#one(what).finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
  }

  async #one(what: 'read' | 'place'): Promise<void> {
    const session = await this.#freeSession();
    if (session === undefined) {
      this.skipped += 1;
      return;
    }
    const kind = what === 'place' ? 'place' : this.#nextRead(session);
    const wanted = session.acknowledged.at(-1);
    const key = randomUUID();
    const body = JSON.stringify({ items: this.#pickItems() });
    const asked = kind === 'place' ? placeRequest(session, key, body) : readRequest(kind, session, wanted);
    const { targets } = this.options;
    const startMs = performance.now();
    const answer = await this.#http.ask(kind === 'history' ? targets.history() : targets.order(), asked);
    const endMs = performance.now();
    const outcome = outcomeOf(kind, answer);
    const orderId = kind === 'place' && outcome === 'ok' ? idOf(answer) : undefined;
    this.operations.push({
      kind,
      session: session.customer,
      startMs,
      endMs,
      status: answer.status,
      outcome,
      error: answer.error ?? (outcome === 'ok' ? undefined : answer.body.slice(0, 300)),
      route: parseRoute(answer.headers['x-db-route']),
      hadToken: asked.headers['consistency-token'] !== undefined,
      retryAfter: answer.headers['retry-after'],
      ...(kind === 'place' && { placed: { key, body, orderId } }),
      isStale: missingOrder(kind, answer, wanted),
      isTorn: tornOrder(kind, answer),
    });
    if (orderId !== undefined) session.acknowledged.push(orderId);
    const token = answer.headers['consistency-token'];
    if (typeof token === 'string') session.consistencyToken = token;
    session.isBusy = false;
  }

  #nextRead(session: Session): Exclude<OperationKind, 'place'> {
    const kinds = ['order', 'history', 'order', 'products'] as const;
    const kind = kinds[this.#turn++ % kinds.length] ?? 'products';
    return kind === 'order' && session.acknowledged.length === 0 ? 'products' : kind;
  }

  #pickItems(): { sku: string; quantity: number }[] {
    const { skus } = this.options;
    const first = Math.floor(Math.random() * skus.length);
    const second = (first + 1 + Math.floor(Math.random() * (skus.length - 1))) % skus.length;
    return [first, second].map((index) => ({ sku: skus[index] ?? '', quantity: 1 }));
  }

  async #freeSession(): Promise<Session | undefined> {
    const start = Math.floor(Math.random() * REGULAR_SESSIONS);
    for (let offset = 0; offset < REGULAR_SESSIONS; offset++) {
      const session = this.#sessions[(start + offset) % REGULAR_SESSIONS];
      if (session?.isBusy === false) return take(session);
    }
    const spare = this.#sessions.slice(REGULAR_SESSIONS).find(({ isBusy }) => !isBusy);
    if (spare !== undefined) return take(spare);
    return this.#opened < MAX_SESSIONS ? take(await this.#openSession(true)) : undefined;
  }

  /** Every second request omits its consistency token, like a client that does not know about tokens. */
  async #openSession(isBusy = false): Promise<Session> {
    const number = this.#opened++;
    const session = await Session.open(`${this.options.prefix}-${number}`, number % 2 === 0);
    session.isBusy = isBusy;
    this.#sessions.push(session);
    return session;
  }
}

function take(session: Session): Session {
  session.isBusy = true;
  return session;
}

function placeRequest(session: Session, key: string, body: string): HttpRequest {
  return { method: 'POST', path: '/orders', headers: { ...session.headers(), 'idempotency-key': key }, body };
}

function readRequest(
  kind: Exclude<OperationKind, 'place'>,
  session: Session,
  orderId: string | undefined,
): HttpRequest {
  const paths = {
    order: `/orders/${orderId ?? ''}`,
    history: `/history?limit=${HISTORY_LIMIT}`,
    products: '/products?limit=20',
  };
  return { method: 'GET', path: paths[kind], headers: session.headers(), timeoutMs: READ_TIMEOUT_MS };
}

function idOf(answer: HttpAnswer): string {
  return (JSON.parse(answer.body) as { id: string }).id;
}
