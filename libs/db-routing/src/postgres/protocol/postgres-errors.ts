import type { EngineErrors } from '../../engine/engine';
import { QueryReadTimeoutError } from './query-timeout';
import { sqlStateMeans } from '../sqlstates';

/** What PostgreSQL's errors, and those of its driver, mean for routing. */
export const postgresErrors: EngineErrors = {
  isReadOnlyRefusal: (error) => sqlStateMeans(error, 'read-only'),
  isUnsupportedOnReplica: (error) => sqlStateMeans(error, 'unsupported-on-replica'),
  // On a replica, where nothing is serialized and nothing locked, replay needed what the statement was reading.
  isRolledBack: (error) => sqlStateMeans(error, 'retryable'),
  isRetryable: (error) => sqlStateMeans(error, 'retryable'),
  isCallerTimeout: (error) => error instanceof QueryReadTimeoutError,
};
