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
  id: z.uuid().meta({ example: '01a18dd0-54ed-750a-8c69-c5bed09c3b3e' }),
  status,
  totalCents: z.int().meta({ example: 25_180 }),
  itemCount: z.int().meta({ example: 2 }),
  createdAt: z.iso.datetime().meta({ example: '2026-10-30T17:16:43.117Z' }),
});
export type HistoryEntry = z.output<typeof historyEntry>;

export const historyPage = pageSchema(historyEntry);

export const MAX_STATEMENT_ORDERS = 100;

/** A month in a path, such as 2026-01, with the times in UTC between which it lies. */
export const month = z
  .string()
  .regex(/^(?!0000)\d{4}-(0[1-9]|1[0-2])$/, { error: 'must be a month, as 2026-01' })
  .meta({ example: '2026-01' })
  .transform((name) => {
    const from = new Date(`${name}-01T00:00:00Z`);
    const to = new Date(from);
    to.setUTCMonth(to.getUTCMonth() + 1);
    return { name, from, to };
  });
export type Month = z.output<typeof month>;

export const statement = z.object({
  month: z.string().meta({ description: 'In UTC', example: '2026-01' }),
  orderCount: z.int(),
  spentCents: z.int().meta({ description: 'Without the cancelled orders' }),
  orders: z.array(historyEntry).meta({ description: `Newest first, at most ${MAX_STATEMENT_ORDERS}` }),
});
export type Statement = z.output<typeof statement>;

/** The part of the order service's answer that this service passes on. */
export const latestOrder = z.object({
  ...historyEntry.shape,
  items: z.array(
    z.object({
      sku: z.string().meta({ example: 'BAG-AMBER' }),
      quantity: z.int().meta({ example: 2 }),
      unitPriceCents: z.int().meta({ example: 12_590 }),
    }),
  ),
});
export type LatestOrder = z.output<typeof latestOrder>;

export const monthSummary = z.object({
  month: z.string().meta({ description: 'In UTC', example: '2026-01' }),
  orderCount: z.int().meta({ description: 'Without the cancelled ones' }),
  spentCents: z.int().meta({ description: 'Without the cancelled orders' }),
  cancelledCount: z.int(),
});
export type MonthSummary = z.output<typeof monthSummary>;

export const historySummary = z.object({ months: z.array(monthSummary) });
export type HistorySummary = z.output<typeof historySummary>;
