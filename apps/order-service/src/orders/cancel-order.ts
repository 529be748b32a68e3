import { Transactional } from 'db-routing';
import { Problem } from '@app/service-kit';
import { Order, OrderEvent, OrderItem, Product } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { CustomerAnnouncer } from '../order-events/customer-announcer';
import { OrderQueries } from './order.queries';
import type { OrderView } from './orders.schemas';

@Injectable()
export class CancelOrder {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    @InjectRepository(OrderItem) private readonly items: Repository<OrderItem>,
    @InjectRepository(OrderEvent) private readonly history: Repository<OrderEvent>,
    private readonly queries: OrderQueries,
    private readonly announcer: CustomerAnnouncer,
  ) {}

  /**
   * Cancels an order of the customer and returns its items to the stock.
   *
   * @throws Problem 404 when the customer has no such order, 409 when the order cannot be cancelled (any
   * more)
   */
  @Transactional()
  async execute(customerId: string, id: string): Promise<OrderView> {
    const [{ affected }, items] = await Promise.all([
      // The status is part of the condition: of two concurrent cancellations, only one finds a placed order.
      this.orders.update({ id, customerId, status: 'placed' }, { status: 'cancelled' }),
      this.items.find({ where: { orderId: id }, order: { sku: 'ASC' } }),
    ]);
    if (affected !== 1) throw notCancellable(await this.queries.one(customerId, id));

    const event = { status: 'cancelled', at: new Date(), detail: 'cancelled by the customer' } as const;
    await Promise.all([
      // They run in this order, so they lock the products in the order of their skus, as placing an order
      // does.
      ...items.map(({ sku, quantity }) => this.products.increment({ sku }, 'stock', quantity)),
      this.history.insert({ orderId: id, ...event }),
    ]);
    // A read, but in the transaction: it runs on the primary and sees what was just written.
    const order = await this.queries.one(customerId, id);
    this.announcer.announceAfterCommit(customerId);
    return order;
  }
}

function notCancellable({ id, status }: OrderView): Problem {
  return new Problem({
    status: 409,
    type: 'urn:problem:not-cancellable',
    title: 'Not cancellable',
    detail: `Order ${id} is ${status}; only a placed order can be cancelled.`,
    errors: [{ field: 'status', value: status, message: 'must be placed' }],
  });
}
