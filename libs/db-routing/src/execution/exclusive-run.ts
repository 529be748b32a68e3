import type { Clock } from '../clock';
import type { EngineErrors } from '../engine/engine';
import type { ExclusiveConnection, NodeConnections } from '../engine/node-connections';
import type { ExclusiveAnswer, ExclusiveStatement, NodeRead } from '../engine/node-statement';
import { TransactionControlError } from '../errors';
import type { Route } from '../routing/route';
import { RequestLimits } from './limits/request-limits';
import { StatementLimit } from './limits/statement-limit';
import type { Sending, StatementRequest } from './statement-request';

/** Why the pool refuses BEGIN, COMMIT and ROLLBACK. */
export const CONTROL_NEEDS_CLIENT =
  'each statement of a pool may run on a different connection; use one client of pool.connect(), or runInTransaction()';

/**
 * Runs a write, or a read with its own time limit, on an exclusive connection: the pool can cancel it there,
 * and no other statement waits behind it.
 */
export class ExclusiveRun {
  constructor(
    private readonly errors: EngineErrors,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws TransactionControlError when the statement leaves a transaction open and the caller does not keep
   * the connection; RuleTimeoutError when the route's limit expires; the error of the request's limits when
   * those end it.
   */
  async run(
    connections: NodeConnections,
    read: NodeRead,
    { timeoutMs, ruleLabel = 'a rule' }: Route,
    request: StatementRequest,
    sending: Sending,
  ): Promise<ExclusiveAnswer> {
    const { text, work, kind, keep, changesBackendState = false, outlivesDiscard = false } = request;
    const isSingle = keep === undefined;
    const connection = await connections.acquire({ isSingle, isExpendable: isSingle && work === 'read' });
    if (changesBackendState) connection.markBackendState({ outlivesDiscard });
    const giveBack = () => {
      if (!keep) connection.release();
    };
    keep?.(connection);
    const limit =
      timeoutMs === undefined
        ? undefined
        : new StatementLimit(connection, { timeoutMs, rule: ruleLabel }, this.clock);
    // The caller has given up, so the server should stop working on the statement.
    let over: Error | undefined;
    let late: Error | undefined;
    const unwatch = RequestLimits.current()?.watch((error) => {
      over = error;
      connection.stop(error, giveBack);
    });
    try {
      if (over) throw over;
      sending.isSent = true;
      const isWrite = work === 'write';
      // What the connection is kept for may write, and runs once.
      const isReadOnly = !isWrite && !keep;
      const answer = await connections.ask(connection, statementOf(read, isWrite, kind, isReadOnly));
      const isOpen = connection.isInTransaction;
      if (isOpen && !keep) throw new TransactionControlError('the pool', text, CONTROL_NEEDS_CLIENT);
      return { result: answer.result, position: answer.position, isOpen };
    } catch (error) {
      if (this.errors.isCallerTimeout(error)) late = error as Error;
      // A limit ended the statement, not the node: running it elsewhere would not help.
      throw over ?? limit?.errorFor(error) ?? error;
    } finally {
      unwatch?.();
      limit?.end();
      if (late && !over && !keep) leaveLate(connection, work, late);
      else if (!over) giveBack();
    }
  }
}

/**
 * Names each field: V8 makes a slow object of a spread one with so many fields, which takes several µs and a
 * kilobyte.
 */
function statementOf(
  { input, values, atLeast, wantsPosition, wantsPrimary, wantsServer }: NodeRead,
  isWrite: boolean,
  kind: StatementRequest['kind'],
  isReadOnly: boolean,
): ExclusiveStatement {
  return { input, values, atLeast, wantsPosition, wantsPrimary, wantsServer, isWrite, kind, isReadOnly };
}

/**
 * The caller's `query_timeout` has expired. A write runs to its end on the server, as with node-postgres; a
 * read is cancelled, because its rows are no longer needed.
 */
function leaveLate(connection: ExclusiveConnection, work: StatementRequest['work'], why: Error): void {
  if (work === 'write') connection.releaseWhenQuiet();
  else connection.stop(why, () => connection.release());
}
