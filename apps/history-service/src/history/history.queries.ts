import { type Page, pageOf, selected } from '@app/service-kit';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { HistoryEntry, HistoryQuery } from './history.schemas';

type Row = Pick<Order, 'id' | 'status' | 'totalCents' | 'itemCount' | 'createdAt'>;

/** The entry's columns; the compiler finds the one that is missing. */
const COLUMNS: Readonly<Record<keyof HistoryEntry, string>> = {
  id: 'o.id',
  status: 'o.status',
  totalCents: 'o.totalCents',
  itemCount: 'o.itemCount',
  createdAt: 'o.createdAt',
};

@Injectable()
export class HistoryQueries {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * The customer's orders, newest first. New orders that arrive between pages cause no duplicates or gaps.
   */
  async page(
    customerId: string,
    { status, from, to, cursor, limit }: HistoryQuery,
  ): Promise<Page<HistoryEntry>> {
    const page = this.orders
      .createQueryBuilder('o')
      .select(selected(COLUMNS))
      .where('o.customerId = :customerId', { customerId })
      .orderBy('o.createdAt', 'DESC')
      .addOrderBy('o.id', 'DESC')
      .limit(limit + 1);
    if (status !== undefined) page.andWhere('o.status = :status', { status });
    if (from !== undefined) page.andWhere('o.createdAt >= :from', { from });
    if (to !== undefined) page.andWhere('o.createdAt < :to', { to });
    if (cursor !== undefined) {
      const [at, id] = cursor;
      // A row comparison, not three conditions: only this lets the index scan start where the last page
      // ended.
      page.andWhere('(o.createdAt, o.id) < (:at, :id)', { at, id });
    }
    // Rows as they are: a list needs no entities, and making them takes longer than the statement.
    const orders = await page.getRawMany<Row>();
    return pageOf(orders.map(historyEntryOf), limit, ({ createdAt, id }) => [createdAt, id]);
  }
}

export function historyEntryOf({ id, status, totalCents, itemCount, createdAt }: Row): HistoryEntry {
  return { id, status, totalCents, itemCount, createdAt: createdAt.toISOString() };
}
