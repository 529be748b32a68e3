import { CreateShopTables1763500000000 } from './create-shop-tables';
import { DeferOrderReferences1764200000000 } from './defer-order-references';
import { OrderEventTransactions1764200000001 } from './order-event-transactions';
import { ExpireIdempotencyKeys1764200000002 } from './expire-idempotency-keys';
import { GrantServiceRoles1763500000001 } from './grant-service-roles';
import { ShowMigrationsToServices1764290000000 } from './show-migrations-to-services';

/** In the order in which they run; an explicit list, so that a build or a bundle cannot lose one. */
export const shopMigrations = [
  CreateShopTables1763500000000,
  GrantServiceRoles1763500000001,
  DeferOrderReferences1764200000000,
  OrderEventTransactions1764200000001,
  ExpireIdempotencyKeys1764200000002,
  ShowMigrationsToServices1764290000000,
];
