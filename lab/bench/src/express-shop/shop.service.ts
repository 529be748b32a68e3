import { randomUUID } from 'node:crypto';
import { Order, Product } from '@app/shop-database';
import { ConflictException, Injectable, NotFoundException } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import type { OrderLine } from '../peers/peer';
import { STORE_ORDER, storeOrderValues, TAKE_STOCK, type TakenLine } from '../peers/shop-sql';

export interface PlacedOrder {
  readonly id: string;
  readonly items: readonly TakenLine[];
}

/** The handlers of both services, written in TypeORM's usual way. */
@Injectable()
export class ShopService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(Product) private readonly productRepository: Repository<Product>,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
  ) {}

  products(limit: number): Promise<Product[]> {
    return this.productRepository.createQueryBuilder('product').orderBy('product.sku').limit(limit).getMany();
  }

  history(customerId: string, limit: number): Promise<Order[]> {
    return this.orders
      .createQueryBuilder('o')
      .where('o.customerId = :customerId', { customerId })
      .orderBy('o.createdAt', 'DESC')
      .addOrderBy('o.id', 'DESC')
      .limit(limit)
      .getMany();
  }

  /** One order with its items and its history. */
  async order(customerId: string, id: string): Promise<Order> {
    const [order] = await this.orders.find({
      where: { id, customerId },
      relations: { items: true, events: true },
      order: { items: { sku: 'ASC' }, events: { id: 'ASC' } },
    });
    if (order === undefined) throw new NotFoundException();
    return order;
  }

  /** The three statements of our order service. */
  place(customerId: string, key: string, lines: readonly OrderLine[]): Promise<PlacedOrder> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO idempotency_keys (customer_id, key, request_hash) VALUES ($1, $2, '')`,
        [customerId, key],
      );
      const [items] = await manager.query<[TakenLine[], number]>(TAKE_STOCK, [JSON.stringify(lines)]);
      if (items.length < lines.length) throw new ConflictException('Insufficient stock');
      const id = randomUUID();
      await manager.query(STORE_ORDER, storeOrderValues(id, customerId, items));
      return { id, items };
    });
  }
}
