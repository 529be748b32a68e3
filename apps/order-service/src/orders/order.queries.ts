import { Problem } from '@app/service-kit';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { selectOrder } from './order.sql';
import type { OrderView } from './orders.schemas';

@Injectable()
export class OrderQueries {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * One order of the customer, with its items and its history.
   *
   * @throws Problem 404; the same when the order does not exist and when it belongs to another customer
   */
  async one(customerId: string, id: string): Promise<OrderView> {
    const order = await selectOrder(this.orders.manager, { id, customerId });
    if (order === undefined) {
      throw new Problem({
        status: 404,
        type: 'urn:problem:order-not-found',
        detail: `There is no order ${id}.`,
      });
    }
    return order;
  }
}
