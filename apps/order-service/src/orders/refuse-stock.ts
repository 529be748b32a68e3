import { Problem } from '@app/service-kit';
import { Product } from '@app/shop-database';
import type { EntityManager } from 'typeorm';
import { In } from 'typeorm';
import type { OrderLine } from './orders.schemas';

/** Why not every line could be taken from the stock: an unknown sku (422), or too little of a product (409). */
export async function refuseStock(
  manager: EntityManager,
  lines: readonly OrderLine[],
  taken: readonly { sku: string }[],
): Promise<Problem> {
  const takenSkus = new Set(taken.map(({ sku }) => sku));
  const refused = lines.filter(({ sku }) => !takenSkus.has(sku));
  const products = await manager.find(Product, { where: { sku: In(refused.map(({ sku }) => sku)) } });
  const stockOf = new Map(products.map(({ sku, stock }) => [sku, stock]));

  const unknown = refused.filter(({ sku }) => !stockOf.has(sku));
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
  const short = refused.map(({ sku, quantity }) => ({
    sku,
    requested: quantity,
    available: stockOf.get(sku) ?? 0,
  }));
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
