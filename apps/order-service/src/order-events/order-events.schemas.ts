import { ORDER_STATUSES } from '@app/shop-database';
import { z } from 'zod';
import { orderId } from '../orders/orders.schemas';

/** A change to an order, as sent to its customer. */
export const orderEventMessage = z.object({
  eventId: z.string().meta({ example: '5785' }),
  orderId,
  status: z.enum(ORDER_STATUSES),
  at: z.iso.datetime().meta({ example: '2026-10-30T17:16:43.117Z' }),
  consistencyToken: z.string().optional().meta({
    description: 'With it, reads by any service show at least that change',
  }),
});
export type OrderEventMessage = z.output<typeof orderEventMessage>;
