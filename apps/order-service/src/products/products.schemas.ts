import { cursorOf, pageLimit, pageSchema, plainText } from '@app/service-kit';
import { MAX_SKU_LENGTH } from '@app/shop-database';
import { z } from 'zod';

const MAX_SEARCH_LENGTH = 100;

export const listProductsQuery = z.strictObject({
  search: z
    .union([z.literal('').transform(() => undefined), plainText(MAX_SEARCH_LENGTH)], {
      error: 'must be a string',
    })
    .optional()
    .meta({ description: 'A part of the name or of the sku' }),
  cursor: cursorOf(z.tuple([plainText(MAX_SKU_LENGTH)])).optional(),
  limit: pageLimit,
});
export type ListProductsQuery = z.output<typeof listProductsQuery>;

export const productView = z.object({
  sku: z.string(),
  name: z.string(),
  priceCents: z.int(),
  stock: z.int(),
});
export type ProductView = z.output<typeof productView>;

export const productSku = plainText(MAX_SKU_LENGTH);

export const availability = productView.pick({ sku: true, stock: true });
export type Availability = z.output<typeof availability>;

export const bestsellers = z.object({
  items: z.array(z.object({ sku: z.string(), sold: z.int().meta({ description: 'Pieces' }) })),
});
export type Bestsellers = z.output<typeof bestsellers>;

export const productPage = pageSchema(productView);
