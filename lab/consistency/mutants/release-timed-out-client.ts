import type { PoolClient } from 'pg';
import type * as Connections from '../../../libs/db-routing/src/postgres/connections/node-connection';
import { internal } from '../../db-routing-internals';
import { replaceMethod } from './replace';

const { NodeConnection } = internal('postgres/connections/node-connection') as typeof Connections;

/** Private members of the class, which only its source can access. */
interface Internals {
  readonly wire: { readonly client: PoolClient };
  readonly owner: { onGivenUp(): void };
}

const released = new WeakSet<Connections.NodeConnection>();

/**
 * Mutant: returns the connection of an abandoned transaction to its pool unchanged, without rollback or
 * destruction.
 */
replaceMethod(
  NodeConnection,
  'batch',
  (original) => (statements) => (statements[0] === 'ROLLBACK' ? Promise.resolve([]) : original(statements)),
);
replaceMethod(NodeConnection, 'destroy', (_, connection) => () => {
  if (released.has(connection)) return;
  released.add(connection);
  const { wire, owner } = connection as unknown as Internals;
  wire.client.release();
  owner.onGivenUp();
});
