import type { Submittable } from 'pg';
import type { Session } from '../../../consistency/session';
import type { Statement } from '../../../engine/statement';
import type { Execution } from '../../../execution/compose';
import type { Route } from '../../../routing/route';
import type { NodeConnection } from '../../connections/node-connection';
import { isPlainRead } from './statement-traits';
import { failSubmittable } from './submittable';

/**
 * Gives a cursor, stream or query object outside a transaction an exclusive connection. Resolves when the
 * object is closed or has failed; no other borrower gets the backend session state that it leaves behind.
 */
export async function runCursor(
  { checkouts, positions }: Execution<NodeConnection>,
  need: Route,
  statement: Statement,
  submittable: Submittable,
  session: Session | undefined,
): Promise<void> {
  const isWrite = !isPlainRead(statement);
  // The caller may see the end before the server has reported the position.
  const placed = isWrite ? session?.startWrite() : undefined;
  let connection: NodeConnection;
  try {
    connection = await checkouts.acquire(need, session);
  } catch (error) {
    placed?.();
    failSubmittable(submittable, error as Error);
    return;
  }
  if (statement.backendState === 'changes') connection.markBackendState(statement);
  await new Promise<void>((resolve) => connection.submit(submittable, [], resolve));
  const told = positions.seen(connection, isWrite, session).then((isTold) => {
    if (isTold) placed?.();
    connection.release();
  });
  session?.settle(told);
}
