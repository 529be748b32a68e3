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
  sku: z.string().meta({ example: 'BAG-AMBER' }),
  name: z.string().meta({ example: 'Amber bag' }),
  priceCents: z.int().meta({ example: 12_590 }),
  stock: z.int().meta({ example: 100 }),
});
export type ProductView = z.output<typeof productView>;

export const productSku = plainText(MAX_SKU_LENGTH).meta({ example: 'BAG-AMBER' });

export const availability = productView.pick({ sku: true, stock: true });
export type Availability = z.output<typeof availability>;

export const bestsellers = z.object({
  items: z.array(z.object({ sku: productView.shape.sku, sold: z.int().meta({ description: 'Pieces' }) })),
});
export type Bestsellers = z.output<typeof bestsellers>;

export const productPage = pageSchema(productView);
