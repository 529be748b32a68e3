import type { Customer } from '../shop/customer';
import { isDetailsStale, isHistoryStale, orderOf } from '../shop/order-answers';
import type { Shop } from '../shop/shop';
import type { StaleScores } from '../shop/stale-scores';
import { expectStatus } from './requests';

const PRODUCTS = '/products?limit=50';

/**
 * Places an order, reads it back from both services, with the token and without it, and cancels it, so that
 * the stock lasts. Returns how many requests were answered.
 */
export async function orderOnce(shop: Shop, known: Customer, scores: StaleScores): Promise<number> {
  const customer = known.inNewSession();
  const products = await customer.send(shop.orders, { method: 'GET', path: PRODUCTS }, { hasToken: false });
  const { items = [] } = orderOf(expectStatus(products, PRODUCTS, 200));
  const sku = items[Math.floor(Math.random() * items.length)]?.sku;
  const body = { items: [{ sku, quantity: 1 }] };
  const placing = await customer.send(
    shop.orders,
    { method: 'POST', path: '/orders', body },
    { hasToken: false },
  );
  if (placing.status === 409) return 2;
  const { id = '' } = orderOf(expectStatus(placing, 'POST /orders', 201));
  await readBack(shop, customer, scores, id);
  const cancelling = await customer.send(
    shop.orders,
    { method: 'POST', path: `/orders/${id}/cancel` },
    { hasToken: true },
  );
  expectStatus(cancelling, 'POST /orders/…/cancel', 200, 409);
  return 7;
}

async function readBack(shop: Shop, customer: Customer, scores: StaleScores, orderId: string): Promise<void> {
  const isCancelled = false;
  for (const hasToken of [false, true]) {
    const details = await customer.send(
      shop.orders,
      { method: 'GET', path: `/orders/${orderId}` },
      { hasToken },
    );
    expectStatus(details, 'GET /orders/…', 200, 404);
    scores.count({ hasToken, isStale: isDetailsStale(details, { isCancelled }) });
    const history = await customer.send(
      shop.history,
      { method: 'GET', path: '/history?limit=10' },
      { hasToken },
    );
    expectStatus(history, 'GET /history', 200);
    scores.count({ hasToken, isStale: isHistoryStale(history, { orderId, isCancelled }) });
  }
}
