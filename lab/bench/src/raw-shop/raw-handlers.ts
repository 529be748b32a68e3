import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Product } from '@app/shop-database';
import { Transactional } from 'db-routing';
import type { Repository } from 'typeorm';
import type * as Uuid from 'uuid';
import type { CustomerAnnouncer } from '../../../../apps/order-service/src/order-events/customer-announcer';
import type * as OrderViews from '../../../../apps/order-service/src/orders/order-view';
import type { OrderView } from '../../../../apps/order-service/src/orders/orders.schemas';
import type { PlaceOrder, PlaceOrderCommand } from '../../../../apps/order-service/src/orders/place-order';
import type * as Stock from '../../../../apps/order-service/src/orders/stock';
import { builtFile } from '../services/service-process';
import { CLAIM_KEY, LOCK_PRODUCTS, STORE_ORDER } from './statements';

const load = createRequire(__filename);
const ofOrders = (file: string): unknown => load(builtFile('apps', 'order-service', 'src', 'orders', file));
const { itemsFor, totalOf } = ofOrders('stock') as typeof Stock;
// The services' version of the package, not one that a peer brings along.
const ofServices = createRequire(builtFile('apps', 'order-service', 'src', 'main.js'));
const { v7: uuidV7 } = ofServices('uuid') as typeof Uuid;
const { viewAsPlaced } = ofOrders('order-view') as typeof OrderViews;

/** The handlers that use TypeORM's repositories, of those that are measured. */
export interface Handlers {
  readonly PlaceOrder: typeof PlaceOrder;
}

/** Makes the handlers run plain SQL, through the same data source and in the same transactions. */
export function useRawSql(handlers: Handlers): void {
  replaceMethod('execute', handlers.PlaceOrder.prototype, RawPlaceOrder.prototype);
}

function replaceMethod<K extends string>(name: K, of: Record<K, unknown>, by: Record<K, unknown>): void {
  Object.defineProperty(of, name, { value: by[name] });
}

class RawPlaceOrder {
  declare readonly products: Repository<Product>;
  declare readonly announcer: CustomerAnnouncer;

  /** No measured request repeats a key. */
  @Transactional()
  async execute({ customerId, body, idempotencyKey }: PlaceOrderCommand): Promise<OrderView> {
    const { manager } = this.products;
    const createdAt = new Date();
    const id = uuidV7({ msecs: createdAt.getTime() });
    const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
    const [, products] = await Promise.all([
      manager.query(CLAIM_KEY, [customerId, idempotencyKey, hash, id]),
      manager.query<Product[]>(LOCK_PRODUCTS, [body.items.map(({ sku }) => sku)]),
    ]);
    const items = itemsFor(body.items, products);
    const totalCents = totalOf(items);
    const itemCount = items.reduce((count, { quantity }) => count + quantity, 0);
    const values = [id, customerId, totalCents, itemCount, createdAt.toISOString(), JSON.stringify(items)];
    await manager.query(STORE_ORDER, values);
    this.announcer.announceAfterCommit(customerId);
    return viewAsPlaced({ id, customerId, status: 'placed', totalCents, itemCount, createdAt }, items);
  }
}
