export {
  DbRoutingModule,
  type DbRoutingModuleAsyncOptions,
  type DbRoutingModuleOptions,
  type SessionOptions,
} from './nest/db-routing.module';
export { ROUTE_HEADER } from './nest/request-scopes';
export type { NamedPoolModuleAsyncOptions, NamedPoolModuleOptions } from './nest/named-pool.module';
export { getRoutedPoolToken, InjectRoutedPool } from './nest/routed-pool-token';
export { DatabaseHealthIndicator } from './terminus/database-health.indicator';
export type { NodeHealthReport } from './terminus/node-health-report';
// The decorators are those of `db-routing`, which work without Nest as well.
export { ReadConsistency } from './consistency/read-consistency';
export { ReadFrom } from './routing/hints/read-from';
export { Transactional } from './transaction/decorator';
