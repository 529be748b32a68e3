import { createRequire } from 'node:module';
import type * as HistoryQueries from '../../../../apps/history-service/src/history/history.queries';
import type * as HistorySchemas from '../../../../apps/history-service/src/history/history.schemas';
import type * as CustomerAnnouncer from '../../../../apps/order-service/src/order-events/customer-announcer';
import type * as IdempotencyKeys from '../../../../apps/order-service/src/orders/idempotency-keys';
import type * as OrderQueries from '../../../../apps/order-service/src/orders/order.queries';
import type * as OrdersSchemas from '../../../../apps/order-service/src/orders/orders.schemas';
import type * as PlaceOrder from '../../../../apps/order-service/src/orders/place-order';
import type * as ProductQueries from '../../../../apps/order-service/src/products/product.queries';
import type * as ProductsSchemas from '../../../../apps/order-service/src/products/products.schemas';
import { builtFile } from '../services/service-process';
import './plain-typeorm';
import { useRawSql } from '../raw-shop/raw-handlers';

const load = createRequire(__filename);
const order = (file: string): unknown => load(builtFile('apps', 'order-service', 'src', file));
const history = (file: string): unknown => load(builtFile('apps', 'history-service', 'src', 'history', file));

/** The handlers of our services, from their build. */
export const services = {
  ...(order('orders/place-order') as typeof PlaceOrder),
  ...(order('orders/order.queries') as typeof OrderQueries),
  ...(order('orders/idempotency-keys') as typeof IdempotencyKeys),
  ...(order('order-events/customer-announcer') as typeof CustomerAnnouncer),
  ...(order('products/product.queries') as typeof ProductQueries),
  ...(history('history.queries') as typeof HistoryQueries),
  schemas: {
    products: (order('products/products.schemas') as typeof ProductsSchemas).listProductsQuery,
    history: (history('history.schemas') as typeof HistorySchemas).historyQuery,
    order: (order('orders/orders.schemas') as typeof OrdersSchemas).placeOrderBody,
    orderId: (order('orders/orders.schemas') as typeof OrdersSchemas).orderId,
  },
};

if (process.env.PEER_RAW_SQL === '1') useRawSql(services);
