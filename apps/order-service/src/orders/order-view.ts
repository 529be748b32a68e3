import type { Order } from '@app/shop-database';
import type { OrderView } from './orders.schemas';

/** The order as it is. */
export function viewOf(order: Order): OrderView {
  return {
    ...factsOf(order),
    status: order.status,
    events: order.events.map(({ status, at, detail }) => ({ status, at: at.toISOString(), detail })),
  };
}

/** The order as it was when it was placed. */
export function viewAsPlaced(order: Order): OrderView {
  const facts = factsOf(order);
  return {
    ...facts,
    status: 'placed',
    events: [{ status: 'placed', at: facts.createdAt, detail: null }],
  };
}

/** What never changes. */
function factsOf({ id, totalCents, itemCount, createdAt, items }: Order) {
  return {
    id,
    totalCents,
    itemCount,
    createdAt: createdAt.toISOString(),
    items: items.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })),
  };
}
