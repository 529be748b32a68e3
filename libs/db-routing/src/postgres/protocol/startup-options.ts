import type { ClientBase } from 'pg';
import { clientInternals } from './driver-internals';

/** How often a backend that waits for a lock checks that its client is still connected. */
const CLIENT_CHECK_MS = 2000;
const CLIENT_CHECK = `-c client_connection_check_interval=${CLIENT_CHECK_MS}`;
const READ_COMMITTED = '-c default_transaction_isolation=read\\ committed';

/**
 * Options for the login, in the form of the server's command line. `read-committed` overrides the
 * `default_transaction_isolation` of a role or database where it would do harm: on lanes, several statements
 * form one transaction. In REPEATABLE READ they would share a snapshot, and the position asked for before a
 * read could be newer than what the read sees. A replica refuses SERIALIZABLE altogether.
 */
export function startupOptions(isolation: 'as-it-is' | 'read-committed'): string {
  return isolation === 'as-it-is' ? CLIENT_CHECK : `${CLIENT_CHECK} ${READ_COMMITTED}`;
}

/** Whether the client was made with the `read-committed` options. */
export function isMadeReadCommitted(client: ClientBase): boolean {
  return clientInternals(client).connectionParameters.options?.includes(READ_COMMITTED) === true;
}
