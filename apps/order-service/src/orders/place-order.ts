import { Problem } from '@app/service-kit';
import { MAX_ORDER_TOTAL_CENTS, Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { v7 as uuidV7 } from 'uuid';
import { answerAgain, hashOf } from './idempotency';
import { OrderEvents } from './order-events';
import { viewAsPlaced } from './order-view';
import type { OrderLine, OrderView } from './orders.schemas';
import { stockProblem } from './stock-problem';
import { writeOrder } from './write-order';

export interface PlaceOrderCommand {
  customerId: string;
  /** One line for each sku, sorted by sku. */
  lines: OrderLine[];
  idempotencyKey: string | undefined;
}

/** Places an order with one statement, which forms its own transaction: one round trip. */
@Injectable()
export class PlaceOrder {
  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly events: OrderEvents,
  ) {}

  /**
   * @throws Problem 409 when too little of a product is left; 422 for an unknown sku, for a total that is too
   * high, or for an idempotency key that was used for another order. Nothing of the order is stored in these
   * cases, not even its key, so a later request can use the key.
   */
  async execute({ customerId, lines, idempotencyKey }: PlaceOrderCommand): Promise<OrderView> {
    const { manager } = this.orders;
    const idempotency =
      idempotencyKey === undefined ? undefined : { key: idempotencyKey, requestHash: hashOf(lines) };
    // One clock reading for both, so that ids sort by time.
    const nowMs = Date.now();
    const id = uuidV7({ msecs: nowMs });
    const createdAt = new Date(nowMs);

    const { isPlaced, products } = await writeOrder(manager, {
      id,
      customerId,
      createdAt: createdAt.toISOString(),
      lines,
      idempotency,
    });
    const totalCents = products.reduce((total, each) => total + each.quantity * each.unitPriceCents, 0);
    if (!isPlaced) {
      // Checked first, because a repeated request gets the same answer even if its products have sold out
      // since.
      const earlier = idempotency && (await answerAgain(manager, customerId, idempotency));
      if (earlier) return earlier;
      throw stockProblem(lines, products) ?? totalTooHigh(totalCents);
    }
    const itemCount = products.reduce((count, { quantity }) => count + quantity, 0);
    const order = viewAsPlaced({ id, totalCents, itemCount, createdAt, items: products });
    this.events.tellAfterCommit(customerId, order);
    return order;
  }
}

function totalTooHigh(totalCents: number): Problem {
  return new Problem({
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
