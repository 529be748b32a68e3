import { Problem } from '@app/service-kit';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { LatestOrder } from './history.schemas';
import { OrderServiceClient } from './order-service.client';

/**
 * Finds the customer's latest order here, and asks the order service for its items, which it alone may read.
 */
@Injectable()
export class LatestOrderQuery {
  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly orderService: OrderServiceClient,
  ) {}

  /** @throws Problem 404 when the customer has not ordered yet; 503 as OrderServiceClient says */
  async execute(customerId: string, authorization: string): Promise<LatestOrder> {
    const [latest] = await this.orders.find({
      where: { customerId },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: 1,
    });
    if (latest === undefined) {
      throw new Problem({
        status: 404,
        type: 'urn:problem:no-order-yet',
        detail: 'You have not ordered yet.',
      });
    }
    return this.orderService.order(latest.id, authorization);
  }
}
