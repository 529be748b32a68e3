import type { EngineErrors } from '../../engine/engine';
import { QueryReadTimeoutError } from './query-timeout';
import { sqlStateMeans } from '../sqlstates';
import { KeptStatementError } from './wire/kept-statement-error';

/** What the errors of PostgreSQL and of node-postgres mean for routing. */
export const postgresErrors: EngineErrors = {
  isReadOnlyRefusal: (error) => sqlStateMeans(error, 'read-only'),
  isUnsupportedOnReplica: (error) => sqlStateMeans(error, 'unsupported-on-replica'),
  // On a replica, the cause is a conflict with replay: nothing else serializes or locks there.
  isRetryable: (error) => sqlStateMeans(error, 'retryable') || error instanceof KeptStatementError,
  isCallerTimeout: (error) => error instanceof QueryReadTimeoutError,
};
