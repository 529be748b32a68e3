import { Transactional } from 'db-routing';
import { Order, OrderEvent, OrderItem, Product } from '@app/shop-database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, Repository } from 'typeorm';
import { v7 as uuidV7 } from 'uuid';
import { CustomerAnnouncer } from '../order-events/customer-announcer';
import { IdempotencyKeys } from './idempotency-keys';
import { type NewOrder, viewAsPlaced } from './order-view';
import type { OrderView, PlaceOrderBody } from './orders.schemas';
import { itemsFor, totalOf } from './stock';

export interface PlaceOrderCommand {
  readonly customerId: string;
  readonly body: PlaceOrderBody;
  readonly idempotencyKey: string | undefined;
}

@Injectable()
export class PlaceOrder {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    @InjectRepository(OrderItem) private readonly items: Repository<OrderItem>,
    @InjectRepository(OrderEvent) private readonly history: Repository<OrderEvent>,
    private readonly keys: IdempotencyKeys,
    private readonly announcer: CustomerAnnouncer,
  ) {}

  /**
   * Takes the items out of the stock and writes the order, or does neither. A repeated request with the same
   * key gets the answer of the first.
   *
   * Statements that do not depend on each other start together. They run in order on the connection of the
   * transaction and share a round trip, so the products stay locked for two round trips, however many
   * statements there are.
   *
   * May run twice, because it has no effect outside the transaction; so its statements are kept prepared.
   *
   * @throws Problem 409 when too little of a product is left; 422 for an unknown sku, for a total that is too
   * high, or for an idempotency key that was used for another order. The transaction is then rolled back, and
   * the key with it, so a later request can use the key.
   */
  @Transactional({ retry: { attempts: 2 } })
  async execute({ customerId, body, idempotencyKey }: PlaceOrderCommand): Promise<OrderView> {
    // One clock reading for both, so that ids sort by time.
    const nowMs = Date.now();
    const id = uuidV7({ msecs: nowMs });

    const [earlier, products] = await Promise.all([
      this.keys.claim({ customerId, key: idempotencyKey, body, orderId: id }),
      this.lockProducts(body.items.map(({ sku }) => sku)),
    ]);
    // First of all, because a repeated request gets the same answer even if its products have sold out since.
    if (earlier) return this.keys.answerOf(earlier);

    const items = itemsFor(body.items, products);
    const order: NewOrder = {
      id,
      customerId,
      status: 'placed',
      totalCents: totalOf(items),
      itemCount: items.reduce((count, { quantity }) => count + quantity, 0),
      createdAt: new Date(nowMs),
    };
    // In any order, because the server compares items and events with their order at COMMIT.
    await Promise.all([
      ...items.map(({ sku, left }) => this.products.update({ sku }, { stock: left })),
      this.orders.insert(order),
      this.items.insert(
        items.map(({ sku, quantity, unitPriceCents }) => ({ orderId: id, sku, quantity, unitPriceCents })),
      ),
      this.history.insert({ orderId: id, status: order.status, at: order.createdAt }),
    ]);
    this.announcer.announceAfterCommit(customerId);
    return viewAsPlaced(order, items);
  }

  /**
   * Reads the newest version of the products, on the primary as everything in the transaction, and keeps
   * others from changing them. Every transaction locks products in the order of their skus, so two orders for
   * the same products never wait for each other.
   */
  private lockProducts(skus: string[]): Promise<Product[]> {
    return this.products.find({
      where: { sku: Any(skus) },
      order: { sku: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
  }
}
