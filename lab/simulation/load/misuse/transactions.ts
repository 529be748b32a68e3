import type { TransactionOptions } from '../../../../libs/db-routing/src/transaction/options';
import * as sql from '../../world/sql';
import type { Service } from '../service';
import { inTransaction } from '../statements';
import type { Mistake } from './mistake';

const nothing = () => Promise.resolve();

/** A scope that asks for what the open transaction does not provide. */
function within(what: string, open: TransactionOptions, asked: object, says: RegExp): Mistake {
  return {
    what,
    act: ({ parts: { transactions } }) =>
      transactions.run({ ...open, name: 'open' }, () =>
        transactions.run({ name: 'asked', ...asked }, nothing),
      ),
    error: 'TransactionOptionsError',
    says,
  };
}

function unfinished({ parts: { transactions } }: Service, isNested: boolean): Promise<unknown> {
  const leave = () => {
    // Its caller does not await it.
    void transactions
      .run({ propagation: 'NESTED', name: 'inner' }, () => new Promise(() => undefined))
      .catch(nothing);
    void transactions.currentScope?.use(() => Promise.resolve()).catch(nothing);
    void transactions.run({ propagation: 'NESTED', name: 'later' }, nothing).catch(nothing);
    return Promise.resolve();
  };
  return transactions.run({ name: 'outer' }, () =>
    isNested ? transactions.run({ propagation: 'NESTED', name: 'outer' }, leave) : leave(),
  );
}

/** Scopes that cannot be what they ask to be. */
export const TRANSACTION_MISUSES: readonly Mistake[] = [
  within('another isolation', {}, { isolation: 'SERIALIZABLE' }, /isolation.*SERIALIZABLE.*READ COMMITTED/),
  within('writes in a read-only one', { readOnly: true }, { readOnly: false }, /readOnly/),
  within('a deferrable part', { readOnly: true }, { readOnly: true, deferrable: true }, /deferrable/),
  within('another durability', { durability: 'local' }, { durability: 'on' }, /durability.*on.*local/),
  within('a durability', {}, { durability: 'local' }, /durability.*local.*the server's default/),
  {
    what: 'MANDATORY outside of any',
    act: ({ parts }) => parts.transactions.run({ propagation: 'MANDATORY' }, nothing),
    error: 'TransactionPropagationError',
    says: /MANDATORY/,
  },
  {
    what: 'a write in a read-only transaction',
    act: (service) =>
      service.parts.transactions.run({ readOnly: true, name: 'reads' }, () =>
        service.query(sql.WRITE, inTransaction('wrong', ['wrong'])),
      ),
    error: 'ReadOnlyTransactionError',
    says: /'reads' is read-only and cannot run: UPDATE/,
  },
  {
    what: 'a nested scope that is not awaited',
    act: (service) => unfinished(service, false),
    error: 'TransactionScopeUnfinishedError',
    says: /'outer'.*'inner'/,
  },
  {
    what: 'a scope in a nested scope that is not awaited',
    act: (service) => unfinished(service, true),
    error: 'TransactionScopeUnfinishedError',
    says: /'outer'.*'inner'/,
  },
  {
    what: 'two default levels of isolation',
    act: ({ parts }) => {
      parts.transactions.useDefaultIsolation('READ COMMITTED');
      parts.transactions.useDefaultIsolation('SERIALIZABLE');
    },
    error: 'ConfigurationError',
    says: /^isolationLevel is 'SERIALIZABLE': another data source of the same pool has READ COMMITTED/,
  },
];
