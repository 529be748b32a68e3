// By name: compiled code reads `export *` by a computed property, each time that an error is compared.
export { RoutingError } from './routing-error';
export {
  ConfigurationError,
  DatabaseUnreachableError,
  NoConsistencyTokensError,
  NoTransactionManagerError,
} from './configuration-errors';
export {
  DeniedByRuleError,
  FailoverQueueFullError,
  GroupExhaustedError,
  NoFitNodeError,
  NoPrimaryError,
  SpillLimitError,
} from './routing-decision-errors';
export {
  ClientReleasedError,
  ConnectFailedError,
  ConnectHookError,
  ConnectionLostError,
  PoolEndedError,
  PoolExhaustedError,
  UnboundClientError,
  UnsupportedFeatureError,
} from './connection-errors';
export {
  PoolerStateError,
  PrimaryChangedError,
  RuleTimeoutError,
  WriteOutcomeUnknownError,
} from './statement-errors';
export { InvalidConsistencyTokenError, RequestAbortedError, RequestTimeoutError } from './request-errors';
export {
  CommitOutcomeUnknownError,
  ReadOnlyTransactionError,
  TransactionControlError,
  TransactionEndedError,
  TransactionOptionsError,
  TransactionPropagationError,
  TransactionRolledBackError,
  TransactionScopeUnfinishedError,
  TransactionTimeoutError,
} from './transaction-errors';
