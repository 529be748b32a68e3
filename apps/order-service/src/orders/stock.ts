import { Problem } from '@app/service-kit';
import { MAX_ORDER_TOTAL_CENTS, type OrderItem, type Product } from '@app/shop-database';
import type { OrderLine } from './orders.schemas';

/** A line of an order at the product's current price. */
export interface PricedItem extends Pick<OrderItem, 'sku' | 'quantity' | 'unitPriceCents'> {
  /** Pieces left in stock once the order is placed. */
  readonly left: number;
}

/**
 * The lines at current prices, in their order. `products`: those of the lines, as they are now.
 *
 * @throws Problem 422 for an unknown sku, 409 when too little of a product is left
 */
export function itemsFor(lines: readonly OrderLine[], products: readonly Product[]): PricedItem[] {
  const bySku = new Map(products.map((product) => [product.sku, product]));
  const unknown = lines.filter(({ sku }) => !bySku.has(sku));
  if (unknown.length > 0) throw unknownSku(unknown);
  const wanted = lines.flatMap(({ sku, quantity }) => {
    const product = bySku.get(sku);
    return product ? [{ product, quantity }] : [];
  });
  const short = wanted.filter(({ product, quantity }) => product.stock < quantity);
  if (short.length > 0) throw insufficientStock(short);
  return wanted.map(({ product: { sku, priceCents, stock }, quantity }) => ({
    sku,
    quantity,
    unitPriceCents: priceCents,
    left: stock - quantity,
  }));
}

/** @throws Problem 422 when the total is too high */
export function totalOf(items: readonly PricedItem[]): number {
  const totalCents = items.reduce((total, each) => total + each.quantity * each.unitPriceCents, 0);
  if (totalCents <= MAX_ORDER_TOTAL_CENTS) return totalCents;
  throw new Problem({
    status: 422,
    type: 'urn:problem:total-too-high',
    title: 'Total too high',
    detail: `The order comes to ${totalCents} cents; one order may come to ${MAX_ORDER_TOTAL_CENTS} cents at most.`,
    errors: [
      {
        field: 'items',
        value: totalCents,
        limit: MAX_ORDER_TOTAL_CENTS,
        message: 'come to more than an order may',
      },
    ],
  });
}

function unknownSku(lines: readonly OrderLine[]): Problem {
  return new Problem({
    status: 422,
    type: 'urn:problem:unknown-sku',
    title: 'Unknown sku',
    detail: `There is no product ${lines.map(({ sku }) => sku).join(', ')}.`,
    errors: lines.map(({ sku }) => ({ field: 'sku', value: sku, message: 'is not the sku of a product' })),
  });
}

function insufficientStock(short: readonly { product: Product; quantity: number }[]): Problem {
  return new Problem({
    status: 409,
    type: 'urn:problem:insufficient-stock',
    title: 'Insufficient stock',
    detail: short
      .map(({ product, quantity }) => `${quantity} of ${product.sku} requested, ${product.stock} available`)
      .join('; '),
    errors: short.map(({ product: { sku, stock }, quantity }) => ({
      field: 'quantity',
      sku,
      requested: quantity,
      available: stock,
      message: `must be at most ${stock}`,
    })),
  });
}
