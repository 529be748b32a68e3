import type { QueryResult } from 'pg';
import { ReadOnlyTransactionError, TransactionControlError, TransactionOptionsError } from '../../../errors';
import type { Statement, StatementKind } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import { isolationLevelOf } from '../../../transaction/options';
import type { Scope } from '../../../transaction/scope';
import { mayRunOnReplica } from '../../connections/postgres-engine';
import type { PostgresTransaction } from './postgres-transaction';
import { emptyResult } from '../../protocol/query-types';

/** What a client has begun by hand inside a managed transaction: a savepoint, or nothing where the scope stands for it. */
type Begun = { readonly savepoint: string } | 'elided';

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

/** Throws before a write is sent that the server would refuse, and say so less clearly. */
export function assertMayRun(statement: Statement, scope: { name: string; isReadOnly: boolean }): void {
  if (scope.isReadOnly && WRITES.has(statement.kind))
    throw new ReadOnlyTransactionError(scope.name, statement.text);
}

/** Throws before an advisory lock is taken where it may be a replica's, which keeps nobody out: two could hold it, each on a node. */
export function assertLocksHold(statement: Statement, characteristics: Characteristics): void {
  if (statement.reason === 'advisory-lock' && mayRunOnReplica(characteristics))
    throw new ReadOnlyTransactionError(characteristics.name, statement.text);
}

/** Throws before a statement is sent that would end a transaction which is not its caller's: what follows would run outside of any. */
export function assertEndsNothing(statement: Statement, scope: { name: string }): void {
  if (statement.endsTransaction !== true) return;
  const command = statement.kind === 'multi' ? 'a text that ends it' : statement.text;
  throw new TransactionControlError(scope.name, command, 'it ends with its function; throw to roll it back');
}

/**
 * Transaction statements that one client sends inside a managed transaction (mappers do: START TRANSACTION, COMMIT). The
 * transaction is not theirs to end, so each pair becomes a savepoint of it.
 */
export class ScopedControl {
  readonly #begun: Begun[] = [];

  /** The answer if the statement is one of these; undefined if it is to be sent as it is. */
  handle(statement: Statement, scope: Scope<PostgresTransaction>): Promise<QueryResult> | undefined {
    switch (statement.kind) {
      case 'begin':
        return scope.use(async (session) => this.#begin(statement, scope, session));
      case 'commit':
        return scope.use(async (session) => this.#endAndChain('COMMIT', statement, scope, session));
      case 'rollback':
        return scope.use(async (session) => this.#endAndChain('ROLLBACK', statement, scope, session));
      case 'savepoint':
        return this.#named(statement, scope, (session, name) => session.savepoint(name));
      case 'release-savepoint':
        return this.#named(statement, scope, (session, name) => session.releaseSavepoint(name));
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

  /** The client is released: what it left open must not be committed. */
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

  #begin(statement: Statement, scope: Scope<PostgresTransaction>, session: PostgresTransaction): QueryResult {
    const asked = statement.transaction?.isolationLevel;
    if (asked !== undefined) assertIsolation(scope, asked);
    if (scope.savepointScope.isImplicit && this.#begun.length === 0) {
      this.#begun.push('elided');
    } else {
      savepointCount += 1;
      const name = `client_${savepointCount}`;
      session.savepoint(name);
      scope.savepointScope.clientSavepoints.push(name);
      this.#begun.push({ savepoint: name });
    }
    return emptyResult('BEGIN');
  }

  #endAndChain(
    command: 'COMMIT' | 'ROLLBACK',
    statement: Statement,
    scope: Scope<PostgresTransaction>,
    session: PostgresTransaction,
  ): QueryResult {
    const ended = this.#end(command, scope, session);
    if (statement.transaction?.chain === true) this.#begin(statement, scope, session);
    return ended;
  }

  #end(
    command: 'COMMIT' | 'ROLLBACK',
    scope: Scope<PostgresTransaction>,
    session: PostgresTransaction,
  ): QueryResult {
    const begun = this.#begun.pop();
    if (begun === undefined) {
      throw new TransactionControlError(
        scope.name,
        command,
        'it ends with its function; throw to roll it back',
      );
    }
    if (begun === 'elided') {
      if (command === 'ROLLBACK') {
        const error = new TransactionControlError(scope.name, command, 'sent by a client');
        scope.savepointScope.rollbackCause ??= { scope: scope.name, error };
      }
      return emptyResult(command);
    }
    if (scope.savepointScope.clientSavepoints.pop() !== begun.savepoint) {
      // Savepoints are a stack: ending one ends those that were begun after it, whoever began them.
      const why = 'two clients began by hand and overlap; nest them, or use NESTED';
      const error = new TransactionControlError(scope.name, command, why);
      scope.savepointScope.rollbackCause ??= { scope: scope.name, error };
      throw error;
    }
    if (command === 'COMMIT') session.releaseSavepoint(begun.savepoint);
    else session.rollbackToSavepoint(begun.savepoint);
    return emptyResult(command);
  }

  #named(
    statement: Statement,
    scope: Scope<PostgresTransaction>,
    apply: (session: PostgresTransaction, name: string) => void,
  ): Promise<QueryResult> | undefined {
    const name = statement.transaction?.savepoint;
    if (name === undefined) return undefined;
    return scope.use(async (session) => {
      apply(session, `"${name.replaceAll('"', '""')}"`);
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
