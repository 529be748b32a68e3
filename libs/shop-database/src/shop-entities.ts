import { IdempotencyKey } from './entities/idempotency-key.entity';
import { Order, OrderEvent, OrderItem } from './entities/order.entity';
import { Product } from './entities/product.entity';

/** Every entity of the database `shop`, for a DataSource's `entities`. */
export const shopEntities = [Product, Order, OrderItem, OrderEvent, IdempotencyKey];
