import * as sql from '../../world/sql';
import { alone, inTransaction } from '../statements';
import type { Mistake } from './mistake';

/** Clients and statements that are used as they must not be. */
export const CLIENT_MISUSES: readonly Mistake[] = [
  {
    what: 'BEGIN on the pool',
    act: ({ parts }) => parts.statements.query('BEGIN', undefined),
    error: 'TransactionControlError',
    says: /^BEGIN inside the transaction 'the pool': each statement of a pool may run on a different connection/,
  },
  {
    what: 'COMMIT in a managed transaction',
    act: (service) =>
      service.parts.transactions.run({ name: 'managed' }, () => service.query('COMMIT', alone('', []))),
    error: 'TransactionControlError',
    says: /^COMMIT inside the transaction 'managed'/,
  },
  {
    what: 'a statement of a released client',
    act: (service) => {
      const client = service.connect();
      client.release();
      return client.query(sql.READ, alone('released', ['x']) as unknown as unknown[]);
    },
    error: 'ClientReleasedError',
    says: /^the client was released and can no longer be used/,
  },
  {
    what: 'a client that is released twice',
    act: (service) => {
      const client = service.connect();
      client.release();
      client.release();
    },
    error: 'Error',
    says: /^Release called on client which has already been released to the pool/,
  },
  {
    what: 'a scope that is used after its end',
    act: async (service) => {
      const { transactions } = service.parts;
      const scope = await transactions.run({ name: 'over' }, () =>
        Promise.resolve(transactions.currentScope),
      );
      return scope?.use((connection) =>
        connection.query(sql.READ, inTransaction('over', ['x']) as unknown as unknown[]),
      );
    },
    error: 'TransactionEndedError',
    says: /'over'/,
  },
];
