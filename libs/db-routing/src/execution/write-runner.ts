import type { Clock } from '../clock';
import type { EngineErrors } from '../engine/engine';
import type { StatementResult } from '../engine/result';
import {
  ConnectFailedError,
  ConnectionLostError,
  PrimaryChangedError,
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
import { outcomeOf, type StatementReports } from './reports';
import type { StatementRequest } from './statement-request';
import type { StatementRunner } from './statement-runner';

/** What writes are run with. */
export interface WriteRunnerParts {
  readonly clock: Clock;
  readonly errors: EngineErrors;
  readonly nodes: ClusterNodes;
  readonly choice: NodeChoice;
  readonly statements: StatementRunner;
  readonly reports: StatementReports;
  readonly primaryWait: PrimaryWait;
}

/**
 * Runs autocommit statements that need the primary. They wait for one while they have not been sent, be it that none is known or that the
 * one that is known does not take a connection. Once sent, a write is never sent again,
 * except when the server has refused it because it is a replica: then nothing was executed. A read whose connection breaks is sent once more.
 */
export class WriteRunner {
  constructor(private readonly parts: WriteRunnerParts) {}

  /** One autocommit statement that needs the primary. */
  run(need: Route, request: StatementRequest): Promise<StatementResult> {
    const { statements, reports, clock } = this.parts;
    const statement = new AutocommitStatement(request, statements, reports, clock);
    return this.runStatement(need, statement, request.work === 'write');
  }

  /** `isWrite`: it may change something. Throws WriteOutcomeUnknownError then, if its answer or its position was lost. */
  async runStatement(
    need: Route,
    statement: AutocommitStatement,
    isWrite: boolean,
  ): Promise<StatementResult> {
    const sent = { isSent: false };
    const work = this.#run(need, statement, isWrite, sent);
    try {
      return await (RequestLimits.current()?.within(work) ?? work);
    } catch (error) {
      const isLost =
        error instanceof ConnectionLostError ||
        error instanceof RequestTimeoutError ||
        this.parts.errors.isCallerTimeout(error);
      throw isWrite && sent.isSent && isLost
        ? new WriteOutcomeUnknownError('answer', { cause: error })
        : error;
    }
  }

  async #run(
    need: Route,
    statement: AutocommitStatement,
    isWrite: boolean,
    sent: { isSent: boolean },
  ): Promise<StatementResult> {
    const { choice, primaryWait, clock, nodes, errors } = this.parts;
    const target: Route = { ...need, target: 'primary' };
    let failedAtMs: number | undefined;
    for (let attempt = 1; ; attempt++) {
      const primary = primaryWait.forPrimary(failedAtMs);
      // Nearly always there is one, and nothing to wait for.
      if (primary) await primary;
      const decision = choice.decide(target);
      try {
        sent.isSent = true;
        const result = await statement.send(decision, target);
        statement.report(decision, 'answered');
        return result;
      } catch (error) {
        failedAtMs ??= clock.now();
        // A primary says the same in a transaction that is read-only by default, and so may a function.
        const isOwn = errors.isReadOnlyRefusal(error) && (await nodes.isStillPrimary(decision.node.address));
        const again = isOwn
          ? undefined
          : this.#again(error, decision, { isFirst: attempt === 1, isWrite, failedAtMs });
        statement.report(decision, again ? 'retried' : outcomeOf(error), error);
        if (!again) throw isOwn ? error : this.#explained(error, decision);
        // Nothing was executed: a caller whose time is over meanwhile need not wonder.
        sent.isSent = false;
        await again;
      }
    }
  }

  /** Resolves when it may be sent again; undefined when it may not, or no longer. */
  #again(
    error: unknown,
    { node }: Decision,
    { isFirst, isWrite, failedAtMs }: { isFirst: boolean; isWrite: boolean; failedAtMs: number },
  ): Promise<void> | undefined {
    const { primaryWait, nodes, errors } = this.parts;
    if (errors.isReadOnlyRefusal(error)) return primaryWait.toTryAgain(failedAtMs, Promise.resolve());
    if (error instanceof ConnectFailedError) return primaryWait.toTryAgain(failedAtMs, nodes.probe(node));
    // The node was heard of through this connection, and a read may run twice.
    return isFirst && !isWrite && error instanceof ConnectionLostError ? Promise.resolve() : undefined;
  }

  #explained(error: unknown, { node }: Decision): unknown {
    return this.parts.errors.isReadOnlyRefusal(error)
      ? new PrimaryChangedError(node.address.name, { cause: error })
      : error;
  }
}
