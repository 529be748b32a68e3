import type { QueryConfig, Submittable } from 'pg';
import type { Statement } from '../../../engine/statement';
import type { Scope } from '../../../transaction/scope';
import type { PostgresTransaction } from '../transactions/postgres-transaction';
import type { AnyResult } from '../../protocol/query-types';
import {
  assertEndsNothing,
  assertLocksHold,
  assertMayRun,
  type ScopedControl,
} from '../transactions/transaction-statements';

/** Runs a statement on the connection of the calling code's managed transaction. */
export function queryInScope(
  scope: Scope<PostgresTransaction>,
  control: ScopedControl,
  statement: Statement,
  input: QueryConfig | string,
  values: unknown[] | undefined,
): Promise<AnyResult> {
  assertMayRun(statement, scope);
  return (
    control.handle(statement, scope) ??
    scope.use(async (session) => {
      prepare(statement, session);
      return session.query(input, values, statement.kind);
    })
  );
}

/**
 * Gives a cursor, stream or query object the connection of the calling code's managed transaction. Errors
 * before it has the connection go to `onFailed`.
 */
export function submitInScope(
  scope: Scope<PostgresTransaction>,
  statement: Statement,
  submittable: Submittable,
  onFailed: (error: Error) => void,
): void {
  scope
    .use(async (session) => {
      assertEndsNothing(statement, scope);
      prepare(statement, session);
      session.submit(submittable, onFailed);
    })
    .catch(onFailed);
}

function prepare(statement: Statement, session: PostgresTransaction): void {
  assertLocksHold(statement, session.characteristics);
  // Backend session state outlives the transaction and must not reach a later one.
  if (statement.backendState === 'changes') session.markBackendState(statement);
  if (statement.mayDefine) session.markDefinitions();
}
