import { createHash } from 'node:crypto';
import { Problem } from '@app/service-kit';
import { IdempotencyKey, Order } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { viewAsPlaced } from './order-view';
import type { OrderView, PlaceOrderBody } from './orders.schemas';

export interface Claim {
  readonly customerId: string;
  /** Undefined when the request has none. */
  readonly key: string | undefined;
  readonly body: PlaceOrderBody;
  /** The order that the key will stand for. */
  readonly orderId: string;
}

/** Makes a repeated request with the same Idempotency-Key place no second order. */
@Injectable()
export class IdempotencyKeys {
  constructor(
    @InjectRepository(IdempotencyKey) private readonly keys: Repository<IdempotencyKey>,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
  ) {}

  /**
   * Stores the key for this order, in the caller's transaction. Returns the earlier use of the key if there
   * is one. While another transaction has claimed the same key, it waits for that transaction to end.
   *
   * @throws Problem 422 when the key was used with another body
   */
  async claim({ customerId, key, body, orderId }: Claim): Promise<IdempotencyKey | undefined> {
    if (key === undefined) return undefined;
    const requestHash = hashOf(body);
    const inserted = await this.keys
      .createQueryBuilder()
      .insert()
      .values({ customerId, key, requestHash, orderId })
      .orIgnore()
      .returning('key')
      .execute();
    if ((inserted.raw as unknown[]).length > 0) return undefined;
    const earlier = await this.keys.findOneByOrFail({ customerId, key });
    if (earlier.requestHash === requestHash) return earlier;
    throw new Problem({
      status: 422,
      type: 'urn:problem:idempotency-key-reused',
      title: 'Idempotency key reused',
      detail: 'This Idempotency-Key was used for another order; a new order needs a new key.',
      errors: [{ field: 'idempotency-key', value: key, message: 'was used with another body' }],
    });
  }

  /**
   * The answer that the first request with the key got: the order as it was when placed, not as it is now.
   */
  async answerOf({ orderId, customerId }: IdempotencyKey): Promise<OrderView> {
    const order = await this.orders.findOneOrFail({
      where: { id: orderId, customerId },
      relations: { items: true },
      order: { items: { sku: 'ASC' } },
    });
    return viewAsPlaced(order, order.items);
  }
}

/** Of the whole body, in the form to which its schema brings it: equal for requests that order the same. */
function hashOf(body: PlaceOrderBody): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
