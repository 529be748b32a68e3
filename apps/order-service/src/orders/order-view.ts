import type { Order } from '@app/shop-database';
import type { OrderView } from './orders.schemas';

/** The order as it was when placed, not as it is now. */
export function viewAsPlaced({ id, totalCents, itemCount, createdAt: at, items }: Order): OrderView {
  const createdAt = at.toISOString();
  return {
    id,
    status: 'placed',
    totalCents,
    itemCount,
    createdAt,
    items: items.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })),
    events: [{ status: 'placed', at: createdAt, detail: null }],
  };
}
