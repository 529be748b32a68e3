export * from './errors';
export { causesOf } from './errors/causes';
export { SQLSTATES, type SqlStateMeaning, sqlStateMeans, sqlStateOf } from './postgres/sqlstates';
export { type ReadConsistencyChoice, withReadConsistency } from './consistency/ambient-level';
export { ReadConsistency } from './consistency/read-consistency';
export { bounded, type ConsistencyLevel, type ReadRequirement } from './consistency/read-requirement';
export { Session } from './consistency/session';
export { consistentFetch } from './consistency/consistent-fetch';
export { type RedisPort, RedisSessionMemory } from './postgres/position/redis-session-memory';
export {
  InProcessSessionMemory,
  type InProcessSessionMemoryOptions,
  type SessionMemory,
} from './consistency/session-memory';
export { ConsistencyTokens, walPosition, walPositions } from './postgres/position/wal-position';
export {
  CONSISTENCY_HEADER,
  type ConsistencyTokensOptions,
  TOKEN_KEY_RULES,
  type TokenKey,
} from './consistency/consistency-token';
export { acceptConsistencyToken, currentConsistencyToken } from './consistency/token-carrier';
export type { LogPosition, Position, PositionCodec } from './engine/position';
export type { NodeRole, NodeState, NodeStatus, TopologySnapshot } from './cluster/topology/snapshot';
export { type RoutingAttributes, withRoutingAttributes } from './routing/attributes';
export type { RouteExplanation, RuleCount } from './routing/explain';
export { type ReplicaGroupOptions, replicaGroupSchema } from './routing/groups/group-schema';
export { onPrimary, readFrom, type ReadFromOptions } from './routing/hints/ambient-hint';
export { ReadFrom } from './routing/hints/read-from';
export type { RuleReference } from './routing/rules/compiled-rule';
export { type RoutingRule, routingRuleSchema } from './routing/rules/rule-schema';
export type { HedgingOptions } from './execution/hedging/hedging-options';
export { connectionNodes } from './postgres/settings/connection-nodes';
export type { ConnectionOptions, Password } from './postgres/settings/connection-options';
export { type ConnectionsPerNode, connectionsPerNode } from './postgres/pool/options/connections-per-node';
export type { RoutedPoolOptions } from './postgres/pool/options/options';
export type { NodeAddress } from './engine/node-address';
export { urlOfNode } from './postgres/settings/connection-url';
export type { NodePoolStats } from './engine/node-connections';
export type {
  PositionWaitReport,
  StatementOutcome,
  StatementReport,
  TokenOutcome,
} from './execution/reports';
export { RoutedPool } from './postgres/pool/routed-pool';
export type { ExplainContext, ShadowReport } from './routing/router';
export type { RoutedClient } from './postgres/pool/client/routed-client';
export { currentTransaction, runInTransaction } from './transaction/current';
export { Transactional } from './transaction/decorator';
export type { TransactionOutcome } from './transaction/hooks';
export type { Durability, IsolationLevel } from './engine/characteristics';
export type { Propagation, RetryOptions, TransactionOptions } from './transaction/options';
export type { TransactionHandle } from './transaction/scope';
