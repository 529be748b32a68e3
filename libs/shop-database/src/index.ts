export { IdempotencyKey } from './entities/idempotency-key.entity';
export { Order, OrderEvent, OrderItem } from './entities/order.entity';
export { ORDER_STATUSES, type OrderStatus } from './entities/order-status';
export { Product } from './entities/product.entity';
export {
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_ORDER_LINES,
  MAX_ORDER_TOTAL_CENTS,
  MAX_QUANTITY_PER_SKU,
  MAX_SKU_LENGTH,
} from './limits';
export { migrate } from './migrate';
export { pendingMigrations } from './pending-migrations';
export { seed } from './seed/seed';
export { shopDatabase, type ShopRole } from './shop-database';
export { shopEntities } from './shop-entities';
