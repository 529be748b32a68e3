import { Transactional } from 'db-routing';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { historyEntryOf } from './history.queries';
import { MAX_STATEMENT_ORDERS, type Month, type Statement } from './history.schemas';

@Injectable()
export class StatementQueries {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * What the customer ordered in a month (UTC). Its totals and its orders are of one moment: the transaction
   * has one snapshot, on one replica. Both queries go out together.
   */
  @Transactional({ readOnly: true, isolation: 'REPEATABLE READ' })
  async ofMonth(customerId: string, month: Month): Promise<Statement> {
    const [totals, orders] = await Promise.all([
      this.ordersOf(customerId, month)
        .select('count(*)::int', 'orderCount')
        .addSelect(`coalesce(sum(o.totalCents) FILTER (WHERE o.status <> 'cancelled'), 0)`, 'spentCents')
        .getRawOne<{ orderCount: number; spentCents: string }>(),
      this.ordersOf(customerId, month)
        .orderBy('o.createdAt', 'DESC')
        .addOrderBy('o.id', 'DESC')
        .limit(MAX_STATEMENT_ORDERS)
        .getMany(),
    ]);
    return {
      month: month.name,
      orderCount: totals?.orderCount ?? 0,
      spentCents: Number(totals?.spentCents ?? 0),
      orders: orders.map(historyEntryOf),
    };
  }

  private ordersOf(customerId: string, { from, to }: Month) {
    return this.orders
      .createQueryBuilder('o')
      .where('o.customerId = :customerId', { customerId })
      .andWhere('o.createdAt >= :from', { from })
      .andWhere('o.createdAt < :to', { to });
  }
}
