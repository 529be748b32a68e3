import type { QueryResult } from 'pg';
import { ReadOnlyTransactionError, TransactionControlError, TransactionOptionsError } from '../../../errors';
import type { Statement, StatementKind } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import { isolationLevelOf } from '../../../transaction/options';
import type { Scope } from '../../../transaction/scope';
import { mayRunOnReplica } from '../../connections/postgres-engine';
import type { PostgresTransaction } from './postgres-transaction';
import { emptyResult } from '../../protocol/query-types';

/**
 * What stands for a BEGIN that a client sends inside a managed transaction: a savepoint, or nothing (elided)
 * where the scope itself stands for it.
 */
type Begun = { readonly savepoint: string } | 'elided';

const ENDS_WITH_FUNCTION = 'the transaction ends with its function; throw to roll it back';

let savepointCount = 0;

const WRITES = new Set<StatementKind>([
  'insert',
  'update',
  'delete',
  'merge',
  'truncate',
  'ddl',
  'grant',
  'copy-from',
]);
const SET_ISOLATION =
  /^\s*SET\s+TRANSACTION\s+ISOLATION\s+LEVEL\s+(READ\s+UNCOMMITTED|READ\s+COMMITTED|REPEATABLE\s+READ|SERIALIZABLE)\s*;?\s*$/i;

/** Throws ReadOnlyTransactionError when the scope is read-only and the statement writes. */
export function assertMayRun(statement: Statement, scope: { name: string; isReadOnly: boolean }): void {
  if (scope.isReadOnly && WRITES.has(statement.kind))
    throw new ReadOnlyTransactionError(scope.name, statement.text);
}

/**
 * Throws ReadOnlyTransactionError when the statement takes an advisory lock and the transaction may run on a
 * replica: two callers could hold the same lock, each on its node.
 */
export function assertLocksHold(statement: Statement, characteristics: Characteristics): void {
  if (statement.reason === 'advisory-lock' && mayRunOnReplica(characteristics))
    throw new ReadOnlyTransactionError(characteristics.name, statement.text);
}

/**
 * Throws TransactionControlError when the statement would end the managed transaction: the caller's next
 * statements would run outside of any transaction.
 */
export function assertEndsNothing(statement: Statement, scope: { name: string }): void {
  if (statement.endsTransaction !== true) return;
  const command = statement.kind === 'multi' ? 'a text with COMMIT or ROLLBACK' : statement.text;
  throw new TransactionControlError(scope.name, command, ENDS_WITH_FUNCTION);
}

/**
 * Handles the transaction statements that one client sends inside a managed transaction, as object mappers do
 * (START TRANSACTION, COMMIT). A client must not end the managed transaction, so each such pair becomes a
 * savepoint.
 */
export class ScopedControl {
  readonly #begun: Begun[] = [];

  /**
   * The answer to a transaction statement; undefined for any other statement, which the caller then sends.
   * Rejects with TransactionControlError when the client has not begun what it ends, and with
   * TransactionOptionsError when it asks for another isolation level. Throws TransactionControlError when
   * another statement would end the managed transaction.
   */
  handle(statement: Statement, scope: Scope<PostgresTransaction>): Promise<QueryResult> | undefined {
    switch (statement.kind) {
      case 'begin':
        return scope.use(async (connection) => this.#begin(statement, scope, connection));
      case 'commit':
        return scope.use(async (connection) => this.#endAndChain('COMMIT', statement, scope, connection));
      case 'rollback':
        return scope.use(async (connection) => this.#endAndChain('ROLLBACK', statement, scope, connection));
      case 'savepoint':
        return this.#named(statement, scope, (connection, name) => connection.savepoint(name));
      case 'release-savepoint':
        return this.#named(statement, scope, (connection, name) => connection.releaseSavepoint(name));
      case 'set': {
        const asked = SET_ISOLATION.exec(statement.text)?.[1];
        if (asked === undefined || this.#begun.length === 0) return undefined;
        return scope.use(async () => {
          assertIsolation(scope, asked);
          return emptyResult('SET');
        });
      }
      default:
        assertEndsNothing(statement, scope);
        return undefined;
    }
  }

  /** Marks the scope for rollback if the client is released while its own BEGIN is open. */
  abandon(scope: Scope<PostgresTransaction> | undefined): void {
    if (this.#begun.length === 0 || !scope) return;
    scope.savepointScope.rollbackCause ??= {
      scope: scope.name,
      error: new TransactionControlError(
        scope.name,
        'BEGIN',
        'the client was released without COMMIT or ROLLBACK',
      ),
    };
    this.#begun.length = 0;
  }

  #begin(
    statement: Statement,
    scope: Scope<PostgresTransaction>,
    connection: PostgresTransaction,
  ): QueryResult {
    const asked = statement.transaction?.isolationLevel;
    if (asked !== undefined) assertIsolation(scope, asked);
    if (scope.savepointScope.isImplicit && this.#begun.length === 0) {
      this.#begun.push('elided');
    } else {
      savepointCount += 1;
      const name = `client_${savepointCount}`;
      connection.savepoint(name);
      scope.savepointScope.clientSavepoints.push(name);
      this.#begun.push({ savepoint: name });
    }
    return emptyResult('BEGIN');
  }

  #endAndChain(
    command: 'COMMIT' | 'ROLLBACK',
    statement: Statement,
    scope: Scope<PostgresTransaction>,
    connection: PostgresTransaction,
  ): QueryResult {
    const ended = this.#end(command, scope, connection);
    if (statement.transaction?.chain === true) this.#begin(statement, scope, connection);
    return ended;
  }

  #end(
    command: 'COMMIT' | 'ROLLBACK',
    scope: Scope<PostgresTransaction>,
    connection: PostgresTransaction,
  ): QueryResult {
    const begun = this.#begun.pop();
    if (begun === undefined) {
      throw new TransactionControlError(scope.name, command, ENDS_WITH_FUNCTION);
    }
    if (begun === 'elided') {
      if (command === 'ROLLBACK') {
        const error = new TransactionControlError(scope.name, command, 'sent by a client');
        scope.savepointScope.rollbackCause ??= { scope: scope.name, error };
      }
      return emptyResult(command);
    }
    if (scope.savepointScope.clientSavepoints.pop() !== begun.savepoint) {
      // Savepoints are a stack: ending one also ends all later ones, which here include another client's.
      const why = 'two clients began by hand and overlap; nest them, or use NESTED';
      const error = new TransactionControlError(scope.name, command, why);
      scope.savepointScope.rollbackCause ??= { scope: scope.name, error };
      throw error;
    }
    if (command === 'COMMIT') connection.releaseSavepoint(begun.savepoint);
    else connection.rollbackToSavepoint(begun.savepoint);
    return emptyResult(command);
  }

  #named(
    statement: Statement,
    scope: Scope<PostgresTransaction>,
    apply: (connection: PostgresTransaction, name: string) => void,
  ): Promise<QueryResult> | undefined {
    const name = statement.transaction?.savepoint;
    if (name === undefined) return undefined;
    return scope.use(async (connection) => {
      apply(connection, `"${name.replaceAll('"', '""')}"`);
      return emptyResult(statement.kind === 'savepoint' ? 'SAVEPOINT' : 'RELEASE');
    });
  }
}

function assertIsolation(scope: Scope<PostgresTransaction>, asked: string): void {
  const wanted = isolationLevelOf(asked.toUpperCase());
  if (wanted === scope.isolation) return;
  throw new TransactionOptionsError(
    'a client',
    'isolation',
    wanted,
    scope.isolation,
    scope.transaction.characteristics.name,
  );
}
