import type { QueryConfig, Submittable } from 'pg';
import { TransactionControlError } from '../../../errors';
import type { Statement, StatementKind } from '../../../engine/statement';
import { type AnyResult, textOf } from '../../protocol/query-types';
import { CONTROL_NEEDS_CLIENT } from '../../../execution/exclusive-run';
import { ScopedControl } from '../transactions/transaction-statements';
import { queryInScope, submitInScope } from './in-scope';
import type { Statements } from './statements';
import { bindToCaller, failSubmittable, holdEnd } from './submittable';

const CONTROL = new Set<StatementKind>(['begin', 'commit', 'rollback']);

/** What the pool does with a statement of its own: in a managed transaction it runs there, else it stands for itself. Throws, or rejects. */
export function queryOnce(
  statements: Statements,
  input: QueryConfig | string,
  values: unknown[] | undefined,
): Promise<AnyResult> {
  const statement = statements.understand(textOf(input));
  const scope = statements.currentScope;
  assertControlsNothing(statement, scope?.name ?? 'the pool');
  return scope
    ? queryInScope(scope, new ScopedControl(), statement, input, values)
    : statements.autocommit(statement, input, values);
}

/** The same for a cursor, stream or query object. Resolves when that is closed, or has failed. */
export async function submitOnce(statements: Statements, submittable: Submittable): Promise<void> {
  bindToCaller(submittable);
  const fail = (error: unknown) => failSubmittable(submittable, error as Error);
  try {
    const statement = statements.understand(textOf(submittable));
    const scope = statements.currentScope;
    assertControlsNothing(statement, scope?.name ?? 'the pool');
    if (scope) submitInScope(scope, statement, submittable, fail);
    else {
      if (statement.mayDefine) holdEnd(submittable, () => statements.settleDefinitions());
      await statements.cursor(statement, submittable);
    }
  } catch (error) {
    fail(error);
  }
}

/** What follows would run on other connections, outside of the transaction. */
function assertControlsNothing({ kind, text }: Statement, scope: string): void {
  if (CONTROL.has(kind)) throw new TransactionControlError(scope, text, CONTROL_NEEDS_CLIENT);
}
