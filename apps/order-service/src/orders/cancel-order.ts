import { Transactional } from 'db-routing';
import { Problem } from '@app/service-kit';
import { Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { OrderEvents } from './order-events';
import { OrderQueries } from './order.queries';
import type { OrderView } from './orders.schemas';

@Injectable()
export class CancelOrder {
  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly queries: OrderQueries,
    private readonly events: OrderEvents,
  ) {}

  /**
   * Cancels an order of the customer and returns its items to the stock.
   *
   * @throws Problem 404 when the customer has no such order, 409 when the order cannot be cancelled (any
   * more)
   */
  @Transactional()
  async execute(customerId: string, id: string): Promise<OrderView> {
    // The status is part of the condition: of two concurrent cancellations, only one finds a placed order.
    const { affected } = await this.orders.update(
      { id, customerId, status: 'placed' },
      { status: 'cancelled' },
    );
    if (affected !== 1) {
      const { status } = await this.queries.one(customerId, id);
      throw new Problem({
        status: 409,
        type: 'urn:problem:not-cancellable',
        title: 'Not cancellable',
        detail: `Order ${id} is ${status}; only a placed order can be cancelled.`,
        errors: [{ field: 'status', value: status, message: 'must be placed' }],
      });
    }
    await this.returnStock(id);
    // Inside the transaction, so it sees the rows just written.
    const order = await this.queries.one(customerId, id);
    this.events.tellAfterCommit(customerId, order);
    return order;
  }

  // Locks the products in the order of their skus, as placing an order does: see write-order.ts.
  private async returnStock(id: string): Promise<void> {
    await this.orders.manager.query(
      `WITH noted AS (
         INSERT INTO order_events (order_id, status, at, detail)
         VALUES ($1, 'cancelled', $2, 'cancelled by the customer')
       )
       UPDATE products SET stock = products.stock + returned.quantity
         FROM (SELECT sku, item.quantity
                 FROM products JOIN order_items AS item USING (sku)
                WHERE item.order_id = $1
                ORDER BY sku
                  FOR UPDATE OF products) AS returned
        WHERE products.sku = returned.sku`,
      [id, new Date().toISOString()],
    );
  }
}
