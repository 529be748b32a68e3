import type { QueryConfig } from 'pg';
import { PoolerStateError } from '../../errors';
import type { Statement } from '../../engine/statement';
import type { ExclusiveStatement, NodeAnswer } from '../../engine/node-statement';
import { POSITION_QUERY, positionIn } from '../position/position-query';
import { provenPosition } from '../position/proven-position';
import { PLAIN_KINDS } from '../protocol/plain-kinds';
import type { NodeConnection } from './node-connection';

/** One autocommit statement in the form that node-postgres takes. */
export type PooledStatement = ExclusiveStatement<string | QueryConfig>;

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
    const { isWrite, kind } = statement;
    const mayBeInBlock = kind === undefined ? !isWrite : PLAIN_KINDS.has(kind);
    // Outside a block the server sets the statement no limit; the wire's own deadline cancels it.
    return mayBeInBlock ? this.#askInBlock(connection, statement) : connection.ask(statement);
  }

  async #askInBlock(connection: NodeConnection, statement: PooledStatement): Promise<NodeAnswer> {
    const { input, values, atLeast, wantsPosition = false, isWrite } = statement;
    // In REPEATABLE READ, perhaps the role's default, the read's snapshot could be older than the proven
    // position.
    const begin = [isWrite ? 'BEGIN' : 'BEGIN ISOLATION LEVEL READ COMMITTED', ...this.limitSql];
    const proof = atLeast === undefined ? undefined : connection.query(POSITION_QUERY, undefined, begin);
    const answer = connection.query(input, values, proof ? [] : begin);
    const position = wantsPosition ? [POSITION_QUERY] : [];
    // The position of a read may be asked for before its COMMIT; that of a write covers it only after COMMIT.
    const end = isWrite ? ['COMMIT', ...position] : [...position, 'COMMIT'];
    const [before, result, ended] = await Promise.allSettled([proof, answer, connection.batch(end)]);
    if (before.status === 'rejected') throw before.reason;
    if (atLeast !== undefined) provenPosition(connection.node.name, atLeast, before.value);
    if (result.status === 'rejected') throw result.reason;
    const settled = ended.status === 'fulfilled' ? ended.value : [];
    const commit = settled[isWrite ? 0 : position.length];
    if (isWrite && commit?.status === 'rejected') throw commit.reason;
    const asked = wantsPosition ? settled[isWrite ? 1 : 0] : before;
    const told = asked?.status === 'fulfilled' ? asked.value : undefined;
    return { result: result.value, position: told && positionIn(told) };
  }
}
