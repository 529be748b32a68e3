import { isoTime, Order } from '@app/shop-database';
import { Problem } from '@app/service-kit';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
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
    const [order] = await this.orders.manager.query<OrderView[]>(ONE_ORDER, [id, customerId]);
    if (order === undefined) throw orderNotFound(id);
    return order;
  }
}

/**
 * Selects the whole order as one row. With entities, two joined relations arrive as one row for each
 * combination of item and event, and reassembling them took most of a request's time.
 */
const ONE_ORDER = `
SELECT o.id, o.status, o.total_cents AS "totalCents", o.item_count AS "itemCount",
       ${isoTime('o.created_at')} AS "createdAt",
       (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity, 'unitPriceCents', unit_price_cents)
                                  ORDER BY sku COLLATE "C"), '[]')
          FROM order_items WHERE order_id = o.id) AS items,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('status', status, 'at', ${isoTime('at')}, 'detail', detail)
                                  ORDER BY id), '[]')
          FROM order_events WHERE order_id = o.id) AS events
  FROM orders AS o
 WHERE o.id = $1 AND o.customer_id = $2`;

function orderNotFound(id: string): Problem {
  return new Problem({
    status: 404,
    type: 'urn:problem:order-not-found',
    detail: `There is no order ${id}.`,
  });
}
