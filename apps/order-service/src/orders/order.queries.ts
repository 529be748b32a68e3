import { Order } from '@app/shop-database';
import { Problem } from '@app/service-kit';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { viewOf } from './order-view';
import type { OrderView } from './orders.schemas';

@Injectable()
export class OrderQueries {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * One order of the customer, with its items and its history.
   *
   * @throws Problem 404, the same for an order that is not there and for one that is another customer's
   */
  async one(customerId: string, id: string): Promise<OrderView> {
    // find, not findOne: with joined relations findOne asks twice (ids first), and one statement is one snapshot.
    const [order] = await this.orders.find({
      where: { id, customerId },
      relations: { items: true, events: true },
      order: { items: { sku: 'ASC' }, events: { id: 'ASC' } },
    });
    if (order === undefined) throw orderNotFound(id);
    return viewOf(order);
  }
}

export function orderNotFound(id: string): Problem {
  return new Problem({
    status: 404,
    type: 'urn:problem:order-not-found',
    detail: `There is no order ${id}.`,
  });
}
