import type { Mutant } from '../mutant';

/** Transactions: all or nothing, and nothing outside. */
export const TRANSACTIONS: readonly Mutant[] = [
  {
    name: 'savepoint-kept',
    what: 'what a failed nested scope has written is kept',
    file: 'transaction/manager',
    from: 'connection.rollbackToSavepoint(savepoint);',
    to: 'connection.releaseSavepoint(savepoint);',
  },
  {
    name: 'undo-not-sent',
    what: 'a rollback to a savepoint that waits for the next statement is not sent with COMMIT',
    file: 'postgres/pool/transactions/transaction-controls',
    from: "return this.#waiting.some((control)=>control.startsWith('ROLLBACK TO')) ? this.#waiting : [];",
    to: 'return [];',
  },
  {
    name: 'failed-scope-committed',
    what: 'a joined scope that fails does not keep the transaction from committing',
    file: 'transaction/manager',
    from: 'if (!transaction.characteristics.readOnly) savepointScope.rollbackCause ??=',
    to: 'if (false) savepointScope.rollbackCause ??=',
  },
  {
    name: 'hook-after-rollback',
    what: 'hooks for a commit run after a rollback, too',
    file: 'transaction/hooks',
    from: "if (outcome === 'committed') names.unshift('afterCommit');",
    to: "names.unshift('afterCommit');",
  },
  {
    name: 'veto-ignored',
    what: 'an error of a hook before COMMIT does not stop it',
    file: 'transaction/hooks',
    from: "await hook('committed');",
    to: "await Promise.resolve(hook('committed')).catch(()=>undefined);",
  },
  {
    name: 'nested-hooks-lost',
    what: 'the hooks of a nested scope are forgotten',
    file: 'transaction/manager',
    from: 'parent.hooks.adopt(savepointScope.hooks);',
    to: '',
  },
  {
    name: 'outlived-statement',
    what: 'a statement that outlives its transaction runs outside of it',
    file: 'transaction/manager',
    from: 'return this.#scope.get();\n    }',
    to: 'const scope = this.#scope.get(); return scope?.savepointScope.outcome === undefined ? scope : undefined;\n    }',
  },
  {
    name: 'not-suspended',
    what: 'NOT_SUPPORTED joins the transaction',
    file: 'transaction/propagation',
    from: "NOT_SUPPORTED: 'suspend'",
    to: "NOT_SUPPORTED: 'join'",
  },
  {
    name: 'timeout-forgotten',
    what: 'a transaction goes on beyond its time limit',
    file: 'transaction/manager',
    from: '()=>transaction.fail(new _errors.TransactionTimeoutError(name, timeoutMs))',
    to: '()=>undefined',
  },
  {
    name: 'cancel-forgotten',
    what: 'a transaction goes on when the time of its request is over, or its client has left',
    file: 'transaction/manager',
    from: 'transaction.fail(error);\n        });',
    to: ';\n        });',
  },
  {
    name: 'never-rolled-back',
    what: 'a transaction that fails keeps its connection',
    file: 'postgres/pool/transactions/postgres-transaction',
    from: 'if (connection) await this.#rollBack(connection);',
    to: '',
  },
];
