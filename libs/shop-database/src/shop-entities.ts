import { Order, OrderEvent, OrderItem } from './entities/order.entity';
import { Product } from './entities/product.entity';

/**
 * Every entity of the database `shop`, for a DataSource's `entities`. Tables that only SQL uses, such as
 * `idempotency_keys`, have none.
 */
export const shopEntities = [Product, Order, OrderItem, OrderEvent];
