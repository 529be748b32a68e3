import type { Clock } from '../clock';
import type { EngineErrors } from '../engine/engine';
import type { StatementResult } from '../engine/result';
import {
  ConnectFailedError,
  ConnectionLostError,
  PrimaryChangedError,
  RequestAbortedError,
  RequestTimeoutError,
  WriteOutcomeUnknownError,
} from '../errors';
import type { Decision } from '../routing/decide';
import type { Route } from '../routing/route';
import { AutocommitStatement } from './autocommit-statement';
import type { PrimaryWait } from './limits/primary-wait';
import { RequestLimits } from './limits/request-limits';
import type { NodeChoice } from './node-choice';
import type { ClusterNodes } from './nodes/cluster-nodes';
import type { SessionPrimary } from './positions/session-primary';
import { outcomeOf, type StatementReports } from './reports';
import type { StatementRequest } from './statement-request';
import type { StatementRunner } from './statement-runner';

/** The parts that WriteRunner works with. */
export interface WriteRunnerParts {
  readonly clock: Clock;
  readonly errors: EngineErrors;
  readonly nodes: ClusterNodes;
  readonly choice: NodeChoice;
  readonly statements: StatementRunner;
  readonly reports: StatementReports;
  readonly primaryWait: PrimaryWait;
  readonly primaryOf: SessionPrimary;
}

/**
 * Runs autocommit statements that need the primary. Until a statement is sent, it waits for a primary that
 * accepts connections. Once sent, a write is never sent again, unless the server refused it because it is a
 * replica, and so executed nothing. A read whose connection breaks is sent once more.
 */
export class WriteRunner {
  constructor(private readonly parts: WriteRunnerParts) {}

  /** Runs one autocommit statement that needs the primary. Throws what runStatement() throws. */
  run(need: Route, request: StatementRequest): Promise<StatementResult> {
    const { statements, reports, clock } = this.parts;
    const statement = new AutocommitStatement(request, statements, reports, clock);
    return this.runStatement(need, statement, request.work === 'write');
  }

  /**
   * `isWrite`: the statement may change data. Throws WriteOutcomeUnknownError when a write's answer or
   * position is lost, NoPrimaryError or FailoverQueueFullError when there is no primary to wait for, and
   * PrimaryChangedError when the server that refused the write is no longer the primary.
   */
  runStatement(need: Route, statement: AutocommitStatement, isWrite: boolean): Promise<StatementResult> {
    const work = this.#run(need, statement, isWrite);
    const limited = RequestLimits.current()?.within(work) ?? work;
    return isWrite ? limited.catch((error: unknown) => this.#fail(error, statement)) : limited;
  }

  #fail(error: unknown, { isSent }: AutocommitStatement): never {
    const isLost =
      error instanceof ConnectionLostError ||
      error instanceof RequestTimeoutError ||
      error instanceof RequestAbortedError ||
      this.parts.errors.isCallerTimeout(error);
    throw isSent && isLost ? new WriteOutcomeUnknownError('answer', { cause: error }) : error;
  }

  async #run(need: Route, statement: AutocommitStatement, isWrite: boolean): Promise<StatementResult> {
    const { choice, primaryOf, clock, nodes, errors } = this.parts;
    const target: Route = { ...need, target: 'primary' };
    const { session } = statement.request;
    let failedAtMs: number | undefined;
    for (let attempt = 1; ; attempt++) {
      const primary = primaryOf.ready(session, failedAtMs);
      // Usually there is one, and nothing to wait for.
      if (primary) await primary;
      const decision = choice.decide(target);
      try {
        const result = await statement.send(decision, target);
        statement.report(decision, 'answered');
        return result;
      } catch (error) {
        failedAtMs ??= clock.now();
        // A primary refuses writes with the same error in a read-only transaction, as with
        // default_transaction_read_only, and a function can raise it too.
        const isOwn = errors.isReadOnlyRefusal(error) && (await nodes.isStillPrimary(decision.node.address));
        const again = isOwn
          ? undefined
          : this.#again(error, decision, { isFirst: attempt === 1, isWrite, failedAtMs });
        statement.report(decision, again ? 'retried' : outcomeOf(error), error);
        if (!again) throw isOwn ? error : this.#explained(error, decision);
        // Nothing was executed, so a request that times out now does not have an unknown outcome.
        statement.isSent = false;
        await again;
      }
    }
  }

  /** Resolves when the statement may be sent again; undefined when it may not. */
  #again(
    error: unknown,
    { node }: Decision,
    { isFirst, isWrite, failedAtMs }: { isFirst: boolean; isWrite: boolean; failedAtMs: number },
  ): Promise<void> | undefined {
    const { primaryWait, nodes, errors } = this.parts;
    if (errors.isReadOnlyRefusal(error)) return primaryWait.toTryAgain(failedAtMs, Promise.resolve());
    if (error instanceof ConnectFailedError) return primaryWait.toTryAgain(failedAtMs, nodes.probe(node));
    // A lost read may run twice, and the connection's failure has already alerted the monitor.
    return isFirst && !isWrite && error instanceof ConnectionLostError ? Promise.resolve() : undefined;
  }

  #explained(error: unknown, { node }: Decision): unknown {
    return this.parts.errors.isReadOnlyRefusal(error)
      ? new PrimaryChangedError(node.address.name, { cause: error })
      : error;
  }
}
