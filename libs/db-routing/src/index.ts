export * from './errors';
export type { Position } from './consistency/position';
export type { NodeRole, NodeState, NodeStatus, TopologySnapshot } from './topology/snapshot';
export type { RoutedPoolOptions } from './pool/options';
export { RoutedPool } from './pool/routed-pool';
export type { RoutedClient } from './pool/routed-client';
export { currentTransaction, runInTransaction } from './transaction/current';
export { Transactional } from './transaction/decorator';
export type { TransactionOutcome } from './transaction/hooks';
export type {
  Durability,
  IsolationLevel,
  Propagation,
  RetryOptions,
  TransactionOptions,
} from './transaction/options';
export type { TransactionHandle } from './transaction/scope';
export {
  RoutedDataSource,
  type RoutedDataSourceOptions,
  routedDataSourceOptions,
} from './typeorm/routed-data-source';
export {
  DbRoutingModule,
  type DbRoutingModuleAsyncOptions,
  type DbRoutingModuleOptions,
} from './nest/db-routing.module';
export { ROUTE_HEADER } from './nest/route-header.interceptor';
export { RoutedTypeOrmModule } from './nest/routed-type-orm.module';
export { DatabaseHealthIndicator, type NodeHealthReport } from './terminus/database-health.indicator';
