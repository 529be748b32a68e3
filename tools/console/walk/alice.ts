import { CONSISTENCY_HEADER } from 'db-routing';
import type { Walk, WalkAction } from '../contract';
import { Customer } from '../shop/customer';
import { isDetailsStale, isHistoryStale, orderOf } from '../shop/order-answers';
import type { Shop } from '../shop/shop';
import type { ShopAnswer } from '../shop/shop-client';
import type { StaleScores } from '../shop/stale-scores';

export const WALK_ACTIONS = ['place', 'details', 'history', 'cancel'] as const satisfies WalkAction[];

const SHOWN_HEADERS = ['location', CONSISTENCY_HEADER, 'x-db-route', 'retry-after', 'x-request-id'];

/** Alice places orders and reads them back, one click at a time. All windows share her. */
export class Alice {
  readonly #customer = new Customer('alice');
  #walk: Walk = { hasToken: true, orderId: null, last: null };
  #isCancelled = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly shop: Shop,
    private readonly scores: StaleScores,
  ) {}

  get walk(): Walk {
    return this.#walk;
  }

  useToken(hasToken: boolean): void {
    this.#walk = { ...this.#walk, hasToken };
  }

  /** One request at a time, also from two windows. @throws ShopUnavailableError */
  act(action: WalkAction): Promise<void> {
    const acted = this.#last.then(() => this.#act(action));
    this.#last = acted.catch(() => undefined);
    return acted;
  }

  async #act(action: WalkAction): Promise<void> {
    const { orderId, hasToken } = this.#walk;
    if (action === 'place') return this.#place();
    if (orderId === null) return;
    const isHistory = action === 'history';
    const path = {
      details: `/orders/${orderId}`,
      history: '/history?limit=5',
      cancel: `/orders/${orderId}/cancel`,
    };
    const method = action === 'cancel' ? 'POST' : 'GET';
    const request = { method, path: path[action] } as const;
    const client = isHistory ? this.shop.history : this.shop.orders;
    const answer = await this.#customer.send(client, request, { hasToken });
    if (action === 'cancel') this.#isCancelled ||= answer.status === 200;
    const isStale = this.#staleness(action, answer, orderId);
    this.#note({
      action,
      service: isHistory ? 'history-service' : 'order-service',
      request,
      answer,
      isStale,
    });
    if (isStale !== null) this.scores.count({ hasToken, isStale });
  }

  async #place(): Promise<void> {
    const { hasToken } = this.#walk;
    const products = await this.#customer.send(
      this.shop.orders,
      { method: 'GET', path: '/products?limit=1' },
      { hasToken },
    );
    const sku = orderOf(products).items?.[0]?.sku ?? '';
    const request = { method: 'POST', path: '/orders' } as const;
    const body = { items: [{ sku, quantity: 1 }] };
    const answer = await this.#customer.send(this.shop.orders, { ...request, body }, { hasToken });
    const { id } = orderOf(answer);
    if (answer.status === 201 && id !== undefined) {
      this.#walk = { ...this.#walk, orderId: id };
      this.#isCancelled = false;
    }
    this.#note({ action: 'place', service: 'order-service', request, answer, isStale: null });
  }

  #staleness(action: WalkAction, answer: ShopAnswer, orderId: string): boolean | null {
    const isCancelled = this.#isCancelled;
    if (action === 'details') return isDetailsStale(answer, { isCancelled });
    return action === 'history' ? isHistoryStale(answer, { orderId, isCancelled }) : null;
  }

  #note(step: {
    readonly action: WalkAction;
    readonly service: string;
    readonly request: { readonly method: string; readonly path: string };
    readonly answer: ShopAnswer;
    readonly isStale: boolean | null;
  }): void {
    const { action, service, request, answer, isStale } = step;
    const { status, durationMs, body, headers } = answer;
    this.#walk = {
      ...this.#walk,
      last: {
        action,
        service,
        request: `${request.method} ${request.path}`,
        hadToken: this.#walk.hasToken,
        status,
        durationMs,
        headers: Object.fromEntries(
          SHOWN_HEADERS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
        ),
        body,
        isStale,
      },
    };
  }
}
