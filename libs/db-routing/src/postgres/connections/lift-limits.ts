import type { NodeConnection } from './node-connection';

/** The limits that the pool sets on each connection. */
const LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout'];

/** Lifts the pool's limits for statements sent from now on. The next borrower does not get the connection. */
export function liftLimits(connection: NodeConnection): void {
  connection.markUnusable();
  // SET fails only on a lost connection or in a failed transaction, and the next statement reports both.
  for (const name of LIMITS) connection.query(`SET ${name} = 0`, undefined).catch(() => undefined);
}
