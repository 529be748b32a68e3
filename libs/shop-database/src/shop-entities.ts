import { Order, OrderEvent, OrderItem } from './entities/order.entity';
import { Product } from './entities/product.entity';

/** Every entity of the database `shop`, for a DataSource's `entities`. What only SQL uses, such as `idempotency_keys`, has none. */
export const shopEntities = [Product, Order, OrderItem, OrderEvent];
