import { ReadFrom } from 'db-routing';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { HistorySummary, MonthSummary } from './history.schemas';

const MAX_STALENESS_MS = 300_000;

@Injectable()
export class SummaryQueries {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * The customer's spending and number of orders by month (UTC), newest month first. The query reads all of
   * them, so it avoids the nodes that serve pages, and its result may be some minutes old.
   */
  @ReadFrom('reporting', { maxStalenessMs: MAX_STALENESS_MS })
  async byMonth(customerId: string): Promise<HistorySummary> {
    const rows = await this.orders
      .createQueryBuilder('o')
      .select(`to_char(o.createdAt AT TIME ZONE 'UTC', 'YYYY-MM')`, 'month')
      .addSelect(`count(*) FILTER (WHERE o.status <> 'cancelled')`, 'orderCount')
      .addSelect(`coalesce(sum(o.totalCents) FILTER (WHERE o.status <> 'cancelled'), 0)`, 'spentCents')
      .addSelect(`count(*) FILTER (WHERE o.status = 'cancelled')`, 'cancelledCount')
      .where('o.customerId = :customerId', { customerId })
      .groupBy('month')
      .orderBy('month', 'DESC')
      .getRawMany<Record<keyof MonthSummary, string>>();
    return { months: rows.map(monthOf) };
  }
}

// PostgreSQL counts and sums in 64 bits, which arrive as text; one customer's month stays far below 2^53.
function monthOf({
  month,
  orderCount,
  spentCents,
  cancelledCount,
}: Record<keyof MonthSummary, string>): MonthSummary {
  return {
    month,
    orderCount: Number(orderCount),
    spentCents: Number(spentCents),
    cancelledCount: Number(cancelledCount),
  };
}
