import { plainText } from '@app/service-kit';
import {
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_ORDER_LINES,
  MAX_QUANTITY_PER_SKU,
  MAX_SKU_LENGTH,
  ORDER_STATUSES,
} from '@app/shop-database';
import { z } from 'zod';

const quantity = z.int().min(1).max(MAX_QUANTITY_PER_SKU);

/** Merges the lines into one for each sku, sorted by sku, so that equal orders compare equal. */
export const orderLines = z
  .array(z.strictObject({ sku: plainText(MAX_SKU_LENGTH), quantity }))
  .min(1)
  .max(MAX_ORDER_LINES)
  .transform((given, context) => {
    const quantities = new Map<string, number>();
    for (const line of given) quantities.set(line.sku, (quantities.get(line.sku) ?? 0) + line.quantity);
    for (const [sku, sum] of quantities) {
      if (sum <= MAX_QUANTITY_PER_SKU) continue;
      context.issues.push({
        code: 'custom',
        message: `must have at most ${MAX_QUANTITY_PER_SKU} of one sku; its lines of ${sku} sum up to ${sum}`,
        input: given,
      });
    }
    return [...quantities]
      .map(([sku, sum]) => ({ sku, quantity: sum }))
      .sort((a, b) => (a.sku < b.sku ? -1 : 1));
  });
export type OrderLine = z.output<typeof orderLines>[number];

export const placeOrderBody = z.strictObject({ items: orderLines });
export type PlaceOrderBody = z.output<typeof placeOrderBody>;

export const idempotencyKey = z
  .string()
  .min(1)
  .max(MAX_IDEMPOTENCY_KEY_LENGTH)
  .regex(/^[\x20-\x7e]*$/, { error: 'must be printable ASCII' })
  .optional();

export const orderId = z.uuid();

const status = z.enum(ORDER_STATUSES);

export const orderView = z.object({
  id: orderId,
  status,
  totalCents: z.int(),
  itemCount: z.int(),
  createdAt: z.iso.datetime(),
  items: z.array(z.object({ sku: z.string(), quantity, unitPriceCents: z.int() })),
  events: z.array(z.object({ status, at: z.iso.datetime(), detail: z.string().nullable() })),
});
export type OrderView = z.output<typeof orderView>;
