import { bounded, ReadConsistency } from 'db-routing';
import { OrderItem } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Bestsellers } from './products.schemas';

const DAYS = 30;
const MAX_BESTSELLERS = 10;
const MAX_STALENESS_MS = 60_000;

@Injectable()
export class BestsellerQueries {
  constructor(@InjectRepository(OrderItem) private readonly items: Repository<OrderItem>) {}

  /** The products that sold best in the last thirty days. A list like this may be a minute old. */
  @ReadConsistency(bounded({ maxStalenessMs: MAX_STALENESS_MS }))
  async list(): Promise<Bestsellers> {
    const since = new Date(Date.now() - DAYS * 86_400_000);
    const items = await this.items
      .createQueryBuilder('item')
      .innerJoin('item.order', 'o')
      .select('item.sku', 'sku')
      .addSelect('sum(item.quantity)::int', 'sold')
      .where(`o.createdAt >= :since AND o.status <> 'cancelled'`, { since })
      .groupBy('item.sku')
      .orderBy('sold', 'DESC')
      .addOrderBy('item.sku')
      .limit(MAX_BESTSELLERS)
      .getRawMany<Bestsellers['items'][number]>();
    return { items };
  }
}
