import type { Page } from '@app/service-kit';
import { pageOf } from '@app/service-kit';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { HistoryEntry, HistoryQuery } from './history.schemas';

@Injectable()
export class HistoryQueries {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /** The customer's orders, newest first. Pages neither skip nor repeat an order when new ones come in between. */
  async page(
    customerId: string,
    { status, from, to, cursor, limit }: HistoryQuery,
  ): Promise<Page<HistoryEntry>> {
    const query = this.orders
      .createQueryBuilder('o')
      .where('o.customerId = :customerId', { customerId })
      .orderBy('o.createdAt', 'DESC')
      .addOrderBy('o.id', 'DESC')
      .limit(limit + 1);
    if (status !== undefined) query.andWhere('o.status = :status', { status });
    if (from !== undefined) query.andWhere('o.createdAt >= :from', { from });
    if (to !== undefined) query.andWhere('o.createdAt < :to', { to });
    if (cursor !== undefined) {
      // One row comparison, not three conditions: only that walks the index from where the last page ended.
      query.andWhere('(o.createdAt, o.id) < (:lastAt, :lastId)', { lastAt: cursor[0], lastId: cursor[1] });
    }
    const entries = (await query.getMany()).map(entryOf);
    return pageOf(entries, limit, ({ createdAt, id }) => [createdAt, id]);
  }
}

function entryOf({ id, status, totalCents, itemCount, createdAt }: Order): HistoryEntry {
  return { id, status, totalCents, itemCount, createdAt: createdAt.toISOString() };
}
