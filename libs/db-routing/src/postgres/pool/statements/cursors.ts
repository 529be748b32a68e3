import type { Submittable } from 'pg';
import type { Session } from '../../../consistency/session';
import type { Statement } from '../../../engine/statement';
import type { Execution } from '../../../execution/compose';
import type { Route } from '../../../routing/route';
import type { NodeConnection } from '../../connections/node-connection';
import { isPlainRead } from './statement-traits';
import { failSubmittable } from './submittable';

/**
 * Gives a cursor, stream or query object outside of a transaction a connection to itself. Resolves when it is closed, or has failed; what
 * it leaves on its connection no other borrower gets.
 */
export async function runCursor(
  { checkouts, positions }: Execution<NodeConnection>,
  need: Route,
  statement: Statement,
  submittable: Submittable,
  session: Session | undefined,
): Promise<void> {
  const isWrite = !isPlainRead(statement);
  // Its caller may learn that it is done before the server was asked where that is.
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
