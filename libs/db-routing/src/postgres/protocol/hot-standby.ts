import type { Client, ClientBase } from 'pg';
import { askInTransaction, inTransaction } from './ask-in-transaction';

/** A message of node-postgres' parser. */
interface ParameterStatus {
  readonly parameterName: string;
  readonly parameterValue: string;
}

/** A connection to the primary is not used, because its server is a replica. */
export class LeadsToReplicaError extends Error {
  override readonly name = 'LeadsToReplicaError';

  constructor() {
    super('its name leads to a replica');
  }
}

const standbys = new WeakSet<ClientBase>();

/**
 * Call this before the client connects: from its login on, the server reports whether it is a standby
 * (PostgreSQL manual, `in_hot_standby`).
 */
export function followHotStandby(client: Client): void {
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }: ParameterStatus) => {
    if (parameterName !== 'in_hot_standby') return;
    if (parameterValue === 'on') standbys.add(client);
    else standbys.delete(client);
  });
}

/** Whether the server was a standby when it last said so. Servers behind some proxies do not say. */
export function isOnStandby(client: ClientBase): boolean {
  return standbys.has(client);
}

const IS_STANDBY = inTransaction('SELECT pg_is_in_recovery() AS is_standby');

/**
 * Asks a server that said so whether it is a standby. A proxy in front of several servers, such as Pgpool-II,
 * may pass on what another server said at the login. Rejects with the driver's error, also when no answer
 * comes in time.
 */
export async function isReallyOnStandby(client: ClientBase, timeoutMs: number): Promise<boolean> {
  if (!standbys.has(client)) return false;
  const row = await askInTransaction<{ is_standby: boolean }>(client, IS_STANDBY, timeoutMs);
  if (row?.is_standby === false) standbys.delete(client);
  return standbys.has(client);
}
