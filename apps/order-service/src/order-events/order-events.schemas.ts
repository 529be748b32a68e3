import { ORDER_STATUSES } from '@app/shop-database';
import { z } from 'zod';
import { orderId } from '../orders/orders.schemas';

/** A change to an order, as sent to its customer. */
export const orderEventMessage = z.object({
  eventId: z.string(),
  orderId,
  status: z.enum(ORDER_STATUSES),
  at: z.iso.datetime(),
  /** With it, reads by any service show at least that change. */
  consistencyToken: z.string().optional(),
});
export type OrderEventMessage = z.output<typeof orderEventMessage>;
