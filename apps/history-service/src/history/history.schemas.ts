import { cursorOf, pageLimit, pageSchema, queryTime } from '@app/service-kit';
import { ORDER_STATUSES } from '@app/shop-database';
import { z } from 'zod';

const status = z.enum(ORDER_STATUSES);

/** A time as it appears in a page. PostgreSQL may not accept other times, such as those in the year 0. */
const orderTime = z.iso.datetime({ precision: 3 }).regex(/^(?!0000)/);

export const historyQuery = z
  .strictObject({
    status: status.optional(),
    from: queryTime().optional().meta({ description: 'Ordered at this time or later' }),
    to: queryTime().optional().meta({ description: 'Ordered before this time' }),
    cursor: cursorOf(z.tuple([orderTime, z.uuid()])).optional(),
    limit: pageLimit,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['from'],
    error: 'must not be after to',
  });
export type HistoryQuery = z.output<typeof historyQuery>;

export const historyEntry = z.object({
  id: z.uuid(),
  status,
  totalCents: z.int(),
  itemCount: z.int(),
  createdAt: z.iso.datetime(),
});
export type HistoryEntry = z.output<typeof historyEntry>;

export const historyPage = pageSchema(historyEntry);

export const monthSummary = z.object({
  month: z.string().meta({ description: 'In UTC', example: '2026-01' }),
  orderCount: z.int().meta({ description: 'Without the cancelled ones' }),
  spentCents: z.int().meta({ description: 'Without the cancelled orders' }),
  cancelledCount: z.int(),
});
export type MonthSummary = z.output<typeof monthSummary>;

export const historySummary = z.object({ months: z.array(monthSummary) });
export type HistorySummary = z.output<typeof historySummary>;
