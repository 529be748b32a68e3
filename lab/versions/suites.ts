/** What can depend on the server's version: everything that runs on a cluster. */
export const SUITES = [
  'libs/db-routing/',
  'libs/postgres-cluster/',
  'libs/shop-database/',
  'apps/',
  'test/sessions/',
  'tools/migrate/',
];

/** The specs whose subject is the server: its catalog, its statements, its replicas, and a transaction. */
export const SMOKE = [
  'libs/db-routing/test/classification.spec.ts',
  'libs/db-routing/test/classification-builtin-catalog.spec.ts',
  'libs/db-routing/test/routed-pool.spec.ts',
  'libs/shop-database/test/migrate.spec.ts',
  'apps/order-service/test/placing-orders.spec.ts',
];
