import { type Page, pageOf } from '@app/service-kit';
import { isoTime, Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { HistoryEntry, HistoryQuery } from './history.schemas';

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
    const put = (value: unknown): string => `$${values.push(value)}`;
    const conditions = ['customer_id = $1'];
    if (status !== undefined) conditions.push(`status = ${put(status)}`);
    if (from !== undefined) conditions.push(`created_at >= ${put(from)}`);
    if (to !== undefined) conditions.push(`created_at < ${put(to)}`);
    if (cursor !== undefined) {
      // A row comparison, not three conditions: only this lets the index scan start where the last page
      // ended.
      conditions.push(`(created_at, id) < (${put(cursor[0])}, ${put(cursor[1])})`);
    }
    // The WHERE clause takes few different forms, so the server can keep their plans.
    const entries = await this.orders.manager.query<HistoryEntry[]>(
      `SELECT id, status, total_cents AS "totalCents", item_count AS "itemCount",
              ${isoTime('created_at')} AS "createdAt"
         FROM orders
        WHERE ${conditions.join(' AND ')}
        ORDER BY created_at DESC, id DESC
        LIMIT ${put(limit + 1)}`,
      values,
    );
    return pageOf(entries, limit, ({ createdAt, id }) => [createdAt, id]);
  }
}
