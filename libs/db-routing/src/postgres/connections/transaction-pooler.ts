import { PoolerStateError } from '../../errors';
import type { Statement } from '../../engine/statement';
import type { NodeAnswer } from '../../engine/node-statement';
import { PLAIN_KINDS } from '../protocol/plain-kinds';
import { askInBlock, BEGIN_READ_ONLY, type PooledStatement } from './ask-in-block';
import type { NodeConnection } from './node-connection';

/**
 * Runs statements behind a pooler that gives each transaction any free server connection. The limits of a
 * statement and the proof that its server is fresh enough travel in the statement's own transaction, in one
 * packet.
 */
export class TransactionPooler {
  /**
   * Sets a transaction's limits, right behind its BEGIN: a pooler does not pass on those that are set at
   * login.
   */
  readonly limitSql: readonly string[];

  constructor(limits: { readonly statementTimeoutMs: number; readonly idleInTransactionTimeoutMs: number }) {
    this.limitSql = [
      `SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`,
      `SET LOCAL idle_in_transaction_session_timeout = ${limits.idleInTransactionTimeoutMs}`,
    ];
  }

  /**
   * Throws PoolerStateError when the statement changes the backend session: the caller's next statement may
   * run in another one, and another caller's in this one.
   */
  assertLeavesNothing({ backendState, text, detail, reason }: Statement): void {
    if (backendState === 'changes') throw new PoolerStateError(text, detail ?? reason);
  }

  /**
   * Throws PoolerStateError when the statement needs an earlier one's backend session: currval(), EXECUTE,
   * FETCH.
   */
  assertUsesNothing({ backendState, text, detail, reason }: Statement): void {
    if (backendState === 'uses') throw new PoolerStateError(text, detail ?? reason);
  }

  /** Runs one autocommit statement. Throws what NodeConnection.ask throws. */
  async ask(connection: NodeConnection, statement: PooledStatement): Promise<NodeAnswer> {
    const { isWrite, kind, isReadOnly = false } = statement;
    if (isReadOnly) return askInBlock(connection, statement, [BEGIN_READ_ONLY, ...this.limitSql]);
    const mayBeInBlock = kind === undefined ? !isWrite : PLAIN_KINDS.has(kind);
    // Outside a block the server sets the statement no limit; the wire's own deadline cancels it.
    if (!mayBeInBlock) return connection.ask(statement);
    return askInBlock(connection, statement, ['BEGIN', ...this.limitSql]);
  }
}
