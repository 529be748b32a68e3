import type { NodeConnection } from './node-connection';

/** The limits that every connection of a pool begins with. */
const LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout'];

/** No limit of the pool holds on this connection for what is sent from now on; it has no next borrower. */
export function liftLimits(connection: NodeConnection): void {
  connection.markUnusable();
  // A connection that refuses them is lost, or in a transaction that has failed: the next statement tells.
  for (const name of LIMITS) connection.query(`SET ${name} = 0`, undefined).catch(() => undefined);
}
