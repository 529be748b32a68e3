import type { PoolClient } from 'pg';
import { NodeConnection } from '../../../libs/db-routing/src/pool/node-connection';
import { replaceMethod } from './replace';

/** What is private to the class, to its source only. */
interface Internals {
  readonly client: PoolClient;
  readonly owner: { onGivenUp(): void };
}

const released = new WeakSet<NodeConnection>();

/** Mutant: a connection that is given up goes back to its pool as it is, with the transaction that it is in. */
replaceMethod(NodeConnection, 'destroy', (_, connection) => () => {
  if (released.has(connection)) return;
  released.add(connection);
  const { client, owner } = connection as unknown as Internals;
  client.release();
  owner.onGivenUp();
});
