import { type Page, pageOf, rowsToFetch, selected } from '@app/service-kit';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { HistoryEntry, HistoryQuery } from './history.schemas';

type Row = Pick<Order, 'id' | 'status' | 'totalCents' | 'itemCount' | 'createdAt'>;

/** The entry's columns; the compiler finds the one that is missing. */
const COLUMNS: Readonly<Record<keyof HistoryEntry, string>> = {
  id: 'id',
  status: 'status',
  totalCents: 'total_cents',
  itemCount: 'item_count',
  createdAt: 'created_at',
};

/**
 * Plain SQL, because a query builder makes the same text again for each request. Only the conditions that are
 * asked for are in it, so that the server plans for these; with four of them, there are few texts.
 */
const page = (conditions: readonly string[], limit: number) => `
SELECT ${selected(COLUMNS).join(', ')}
  FROM orders
 WHERE ${['customer_id = $1', ...conditions].join(' AND ')}
 ORDER BY created_at DESC, id DESC
 LIMIT ${rowsToFetch(limit)}`;

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
    const values: unknown[] = [customerId];
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const conditions: string[] = [];
    if (status !== undefined) conditions.push(`status = ${parameter(status)}`);
    if (from !== undefined) conditions.push(`created_at >= ${parameter(from)}`);
    if (to !== undefined) conditions.push(`created_at < ${parameter(to)}`);
    if (cursor !== undefined) {
      const [at, id] = cursor;
      // A row comparison, not three conditions: only this lets the index scan start where the last page
      // ended.
      conditions.push(`(created_at, id) < (${parameter(at)}, ${parameter(id)})`);
    }
    const orders = await this.orders.query<Row[]>(page(conditions, limit), values);
    return pageOf(orders.map(historyEntryOf), limit, ({ createdAt, id }) => [createdAt, id]);
  }
}

export function historyEntryOf({ id, status, totalCents, itemCount, createdAt }: Row): HistoryEntry {
  return { id, status, totalCents, itemCount, createdAt: createdAt.toISOString() };
}
