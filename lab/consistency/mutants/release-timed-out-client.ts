import type { PoolClient } from 'pg';
import type * as Connections from '../../../libs/db-routing/src/postgres/connections/node-connection';
import { internal } from '../../db-routing-internals';
import { replaceMethod } from './replace';

const { NodeConnection } = internal('postgres/connections/node-connection') as typeof Connections;

/** What is private to the class, to its source only. */
interface Internals {
  readonly wire: { readonly client: PoolClient };
  readonly owner: { onGivenUp(): void };
}

const released = new WeakSet<Connections.NodeConnection>();

/** Mutant: a connection whose transaction is given up goes back to its pool as it is: nothing is rolled back, nothing destroyed. */
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
