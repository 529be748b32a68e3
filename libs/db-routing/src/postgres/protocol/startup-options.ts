import type { ClientBase, ClientConfig } from 'pg';
import { clientInternals } from './driver-internals';

/** How often a backend that waits for a lock checks that its client is still connected. */
const CLIENT_CHECK_MS = 2000;
const CLIENT_CHECK = `-c client_connection_check_interval=${CLIENT_CHECK_MS}`;
/**
 * Two settings that reads need; a role or a database may set others. READ COMMITTED: on lanes, several
 * statements form one transaction. In REPEATABLE READ they would share a snapshot, and the position asked for
 * before a read could be newer than what the read sees. A replica refuses SERIALIZABLE altogether. Read-only:
 * a read that its caller has given up, or that runs elsewhere by now, may reach its server late. If that has
 * been promoted meanwhile, and the read turns out to write, the server must refuse it.
 */
const READS_ONLY = '-c default_transaction_isolation=read\\ committed -c default_transaction_read_only=on';

/**
 * Options for the login, in the form of the server's command line, of which the last one wins: the pool's
 * own, those of the application, and what the reads need.
 */
export function startupOptions(purpose: 'anything' | 'reads', { options = '' }: ClientConfig): string {
  return [CLIENT_CHECK, options, purpose === 'reads' ? READS_ONLY : '']
    .filter((part) => part !== '')
    .join(' ');
}

/** Whether the client was made for reads, so that the server refuses what writes on it. */
export function isMadeForReads(client: ClientBase): boolean {
  return clientInternals(client).connectionParameters.options?.includes(READS_ONLY) === true;
}
