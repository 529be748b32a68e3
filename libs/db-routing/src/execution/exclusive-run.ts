import type { Clock } from '../clock';
import type { EngineErrors } from '../engine/engine';
import type { ExclusiveConnection, NodeConnections } from '../engine/node-connections';
import type { NodeAnswer, NodeRead } from '../engine/node-statement';
import { TransactionControlError } from '../errors';
import type { Route } from '../routing/route';
import { RequestLimits } from './limits/request-limits';
import { StatementLimit } from './limits/statement-limit';
import type { StatementRequest } from './statement-request';

/** `isOpen`: the server said with it that a transaction is open. */
export type ExclusiveAnswer = NodeAnswer & { readonly isOpen?: boolean };

/** Why BEGIN, COMMIT and ROLLBACK are refused on the pool. */
export const CONTROL_NEEDS_CLIENT =
  'each statement of a pool has a connection to itself; use one client of pool.connect(), or runInTransaction()';

/** Runs a write, or a read with a limit of its own, on a connection of its own: it can be cancelled, and no other statement waits behind it. */
export class ExclusiveRun {
  constructor(
    private readonly errors: EngineErrors,
    private readonly clock: Clock,
  ) {}

  /** `isFenced`: the node takes writes, and must not get any. */
  async run(
    connections: NodeConnections,
    read: NodeRead,
    { timeoutMs, ruleLabel = 'a rule' }: Route,
    request: StatementRequest,
    isFenced = false,
  ): Promise<ExclusiveAnswer> {
    const {
      text,
      work,
      kind,
      keep,
      changesBackendState: changesSession = false,
      outlivesDiscard = false,
    } = request;
    const connection = await connections.acquire({ isExpendable: work === 'read' && keep === undefined });
    if (changesSession) connection.markBackendState({ outlivesDiscard });
    const giveBack = () => {
      if (!keep) connection.release();
    };
    keep?.(connection);
    const limit =
      timeoutMs === undefined
        ? undefined
        : new StatementLimit(connection, { timeoutMs, rule: ruleLabel }, this.clock);
    // The caller has given up: the server need not work on it.
    let over: Error | undefined;
    let late: Error | undefined;
    const unwatch = RequestLimits.current()?.watch((error) => {
      over = error;
      connection.stop(error, giveBack);
    });
    try {
      if (over) throw over;
      const { input, values, atLeast, wantsPosition } = read;
      const isWrite = work === 'write';
      const answer = await connections.ask(connection, {
        input,
        values,
        atLeast,
        wantsPosition: wantsPosition ?? false,
        isWrite,
        kind,
        isReadOnly: isFenced,
      });
      const isOpen = connection.isInTransaction;
      if (isOpen && !keep) throw new TransactionControlError('the pool', text, CONTROL_NEEDS_CLIENT);
      return { result: answer.result, position: answer.position, isOpen };
    } catch (error) {
      if (this.errors.isCallerTimeout(error)) late = error as Error;
      // Not because of the node: it must not be tried elsewhere.
      throw over ?? limit?.errorFor(error) ?? error;
    } finally {
      unwatch?.();
      limit?.end();
      if (late && !over && !keep) leaveLate(connection, work, late);
      else if (!over) giveBack();
    }
  }
}

/** The caller has waited as long as it wanted to. A write runs on, as the driver's callers know it; a read has no use any more. */
function leaveLate(connection: ExclusiveConnection, work: StatementRequest['work'], why: Error): void {
  if (work === 'write') connection.releaseWhenQuiet();
  else connection.stop(why, () => connection.release());
}
