import { Order } from '@app/shop-database';
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
   * @throws Problem 404, the same for an order that is not there and for one that is another customer's
   */
  async one(customerId: string, id: string): Promise<OrderView> {
    const [order] = await this.orders.manager.query<OrderView[]>(ONE_ORDER, [id, customerId]);
    if (order === undefined) throw orderNotFound(id);
    return order;
  }
}

/**
 * The whole order as one row. Entities with two joined relations come as a row for each item and event, to be put together again: that took
 * most of the time of a request.
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

/** As Date.toISOString() writes it. */
function isoTime(column: string): string {
  return `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}

export function orderNotFound(id: string): Problem {
  return new Problem({
    status: 404,
    type: 'urn:problem:order-not-found',
    detail: `There is no order ${id}.`,
  });
}
