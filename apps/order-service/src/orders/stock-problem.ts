import { Problem } from '@app/service-kit';
import type { OrderLine } from './orders.schemas';
import type { WantedProduct } from './write-order';

/**
 * Why the products prevent an order: an unknown sku (422), or too little stock (409). Undefined when they do
 * not.
 */
export function stockProblem(
  lines: readonly OrderLine[],
  products: readonly WantedProduct[],
): Problem | undefined {
  const known = new Set(products.map(({ sku }) => sku));
  const unknown = lines.filter(({ sku }) => !known.has(sku));
  if (unknown.length > 0) {
    return new Problem({
      status: 422,
      type: 'urn:problem:unknown-sku',
      title: 'Unknown sku',
      detail: `There is no product ${unknown.map(({ sku }) => sku).join(', ')}.`,
      errors: unknown.map(({ sku }) => ({
        field: 'sku',
        value: sku,
        message: 'is not the sku of a product',
      })),
    });
  }
  const short = products
    .filter(({ quantity, stock }) => stock < quantity)
    .map(({ sku, quantity, stock }) => ({ sku, requested: quantity, available: stock }));
  if (short.length === 0) return undefined;
  return new Problem({
    status: 409,
    type: 'urn:problem:insufficient-stock',
    title: 'Insufficient stock',
    detail: short
      .map(({ sku, requested, available }) => `${requested} of ${sku} requested, ${available} available`)
      .join('; '),
    errors: short.map(({ sku, requested, available }) => ({
      field: 'quantity',
      sku,
      requested,
      available,
      message: `must be at most ${available}`,
    })),
  });
}
