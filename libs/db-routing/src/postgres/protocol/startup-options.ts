import type { ClientBase } from 'pg';
import { clientInternals } from './driver-internals';

/** A backend that waits for a lock looks this often whether its client is still there. */
const CLIENT_CHECK_MS = 2000;
const CLIENT_CHECK = `-c client_connection_check_interval=${CLIENT_CHECK_MS}`;
const READ_COMMITTED = '-c default_transaction_isolation=read\\ committed';

/**
 * What the server is told of a connection when it is made, in the form of its command line. `read-committed`: where a role's or a database's
 * own `default_transaction_isolation` would do harm. On shared connections several statements are one transaction: in
 * REPEATABLE READ they would share a snapshot, and the position asked for before a read would be newer than what the read sees. A
 * replica refuses SERIALIZABLE altogether.
 */
export function startupOptions(isolation: 'as-it-is' | 'read-committed'): string {
  return isolation === 'as-it-is' ? CLIENT_CHECK : `${CLIENT_CHECK} ${READ_COMMITTED}`;
}

/** Whether the driver's client was made with a default of its own for the isolation of transactions. */
export function isMadeReadCommitted(client: ClientBase): boolean {
  return clientInternals(client).connectionParameters.options?.includes(READ_COMMITTED) === true;
}
