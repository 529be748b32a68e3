import type { Order, OrderItem } from '@app/shop-database';
import type { OrderView } from './orders.schemas';

/** The columns of an order, without what other tables hold. */
export type NewOrder = Omit<Order, 'items' | 'events'>;

type Item = Pick<OrderItem, 'sku' | 'quantity' | 'unitPriceCents'>;

/** The order as it was when placed, not as it is now. `items`: sorted by sku. */
export function viewAsPlaced(order: NewOrder, items: readonly Item[]): OrderView {
  const { id, totalCents, itemCount } = order;
  const createdAt = order.createdAt.toISOString();
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
