import { Transactional } from '@app/db-routing';
import { Problem } from '@app/service-kit';
import { MAX_ORDER_TOTAL_CENTS, Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { v7 as uuidV7 } from 'uuid';
import { claimIdempotencyKey } from './idempotency';
import { OrderEvents } from './order-events';
import type { OrderLine, OrderView } from './orders.schemas';
import { refuseStock } from './refuse-stock';
import { takeStock } from './take-stock';

export interface PlaceOrderCommand {
  customerId: string;
  /** One for each sku, sorted by sku. */
  lines: OrderLine[];
  idempotencyKey: string | undefined;
}

/**
 * Places an order in one transaction of at most three statements. They are written in SQL, not as entities to
 * save, because every statement of a transaction is a round trip during which the rows it locked stay locked:
 * one product that everybody wants is sold only as fast as its row is passed on.
 */
@Injectable()
export class PlaceOrder {
  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly events: OrderEvents,
  ) {}

  /**
   * @throws Problem 409 when there is too little of a product, 422 for an unknown sku, for a total that is
   * too high, or for an idempotency key that was used for another order. Nothing of the order remains then,
   * not even its key: a later try with it is a new one.
   */
  @Transactional()
  async execute({ customerId, lines, idempotencyKey }: PlaceOrderCommand): Promise<OrderView> {
    const { manager } = this.orders;
    if (idempotencyKey !== undefined) {
      const answered = await claimIdempotencyKey(manager, customerId, idempotencyKey, lines);
      if (answered !== undefined) return answered;
    }
    const items = await takeStock(manager, lines);
    if (items.length < lines.length) throw await refuseStock(manager, lines, items);

    const order = newOrder(items);
    await this.insert(customerId, order, idempotencyKey);
    this.events.tellAfterCommit(customerId, order);
    return order;
  }

  private async insert(
    customerId: string,
    order: OrderView,
    idempotencyKey: string | undefined,
  ): Promise<void> {
    await this.orders.manager.query(
      `WITH placed AS (
         INSERT INTO orders (id, customer_id, status, total_cents, item_count, created_at)
         VALUES ($1, $2, 'placed', $3, $4, $5)
       ), bought AS (
         INSERT INTO order_items (order_id, sku, quantity, unit_price_cents)
         SELECT $1, sku, quantity, "unitPriceCents"
           FROM jsonb_to_recordset($6) AS i (sku text, quantity int, "unitPriceCents" int)
       ), noted AS (
         INSERT INTO order_events (order_id, status, at) VALUES ($1, 'placed', $5)
       )
       UPDATE idempotency_keys SET order_id = $1, response = $7 WHERE customer_id = $2 AND key = $8`,
      [
        order.id,
        customerId,
        order.totalCents,
        order.itemCount,
        order.createdAt,
        JSON.stringify(order.items),
        JSON.stringify(order),
        idempotencyKey ?? null,
      ],
    );
  }
}

function newOrder(items: OrderView['items']): OrderView {
  const totalCents = items.reduce((total, item) => total + item.quantity * item.unitPriceCents, 0);
  if (totalCents > MAX_ORDER_TOTAL_CENTS) {
    throw new Problem({
      status: 422,
      type: 'urn:problem:total-too-high',
      title: 'Total too high',
      detail: `The order comes to ${totalCents} cents; one order may come to ${MAX_ORDER_TOTAL_CENTS} cents at most.`,
      errors: [
        {
          field: 'items',
          value: totalCents,
          limit: MAX_ORDER_TOTAL_CENTS,
          message: 'come to more than an order may',
        },
      ],
    });
  }
  // One clock reading for both, so that the order of ids is the order of times.
  const nowMs = Date.now();
  const createdAt = new Date(nowMs).toISOString();
  return {
    id: uuidV7({ msecs: nowMs }),
    status: 'placed',
    totalCents,
    itemCount: items.reduce((count, item) => count + item.quantity, 0),
    createdAt,
    items,
    events: [{ status: 'placed', at: createdAt, detail: null }],
  };
}
