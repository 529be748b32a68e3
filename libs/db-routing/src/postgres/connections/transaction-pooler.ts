import type { QueryConfig } from 'pg';
import { PoolerStateError } from '../../errors';
import type { Statement, StatementKind } from '../../engine/statement';
import type { ExclusiveStatement, NodeAnswer } from '../../engine/node-statement';
import { POSITION_QUERY, positionIn } from '../position/position-query';
import { provenPosition } from '../position/proven-position';
import type { NodeConnection } from './node-connection';

/** One autocommit statement, as node-postgres takes it. */
export type PooledStatement = ExclusiveStatement<string | QueryConfig>;

/** All statements of these kinds may run in a transaction block. DO and CALL are not among them: they may commit. */
const BLOCK_KINDS = new Set<StatementKind>(['select', 'values', 'insert', 'update', 'delete', 'merge']);

/**
 * How statements run behind a pooler that gives each transaction any free server connection: what a statement needs from its
 * connection (limits, the proof of how fresh it is) travels in its own transaction, in one packet.
 */
export class TransactionPooler {
  /** The limits of a transaction, to be sent right behind its BEGIN: a pooler does not pass them on at login. */
  readonly limitSql: readonly string[];

  constructor(limits: { readonly statementTimeoutMs: number; readonly idleInTransactionTimeoutMs: number }) {
    this.limitSql = [
      `SET LOCAL statement_timeout = ${limits.statementTimeoutMs}`,
      `SET LOCAL idle_in_transaction_session_timeout = ${limits.idleInTransactionTimeoutMs}`,
    ];
  }

  /**
   * Throws PoolerStateError for what leaves something on its connection: the next statement may run on another one, and another caller's on
   * this one.
   */
  assertLeavesNothing({ backendState, text, detail, reason }: Statement): void {
    if (backendState === 'changes') throw new PoolerStateError(text, detail ?? reason);
  }

  /** Throws PoolerStateError for what needs, outside of a transaction, what an earlier statement has left: currval(), EXECUTE, FETCH. */
  assertUsesNothing({ backendState, text, detail, reason }: Statement): void {
    if (backendState === 'uses') throw new PoolerStateError(text, detail ?? reason);
  }

  /** See NodeConnection.ask. */
  async ask(connection: NodeConnection, statement: PooledStatement): Promise<NodeAnswer> {
    const { isWrite, kind } = statement;
    const mayBeInBlock = kind === undefined ? !isWrite : BLOCK_KINDS.has(kind);
    // What may not has no limit on the server; the connection's own deadline cancels it.
    return mayBeInBlock ? this.#askInBlock(connection, statement) : connection.ask(statement);
  }

  async #askInBlock(connection: NodeConnection, statement: PooledStatement): Promise<NodeAnswer> {
    const { input, values, atLeast, wantsPosition = false, isWrite } = statement;
    // Under a role's REPEATABLE READ the proof would share the snapshot that it speaks of.
    const begin = [isWrite ? 'BEGIN' : 'BEGIN ISOLATION LEVEL READ COMMITTED', ...this.limitSql];
    const proof = atLeast === undefined ? undefined : connection.query(POSITION_QUERY, undefined, begin);
    const answer = connection.query(input, values, proof ? [] : begin);
    const position = wantsPosition ? [POSITION_QUERY] : [];
    // What a read has seen is known before it ends; what a write has reached, after it.
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
