import type { OrderView } from './orders.schemas';

interface PlacedOrder extends Pick<OrderView, 'id' | 'totalCents' | 'itemCount'> {
  readonly createdAt: Date;
  readonly items: readonly OrderView['items'][number][];
}

/** The order as it was when placed, not as it is now. */
export function viewAsPlaced({ id, totalCents, itemCount, createdAt: at, items }: PlacedOrder): OrderView {
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
