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
  /**
   * Called with the text of a statement that was classified as a read, that a server refused as such, and
   * that the primary accepted as a write.
   */
  readonly onReadRefused: (text: string) => void;
}

/**
 * Runs autocommit statements that need the primary. Until a statement is sent, it waits for a primary that
 * accepts connections. Once sent, a write is never sent again, unless the server refused it because it is a
 * replica, and so executed nothing. A read whose connection breaks is sent once more: if it turns out to
 * write, it is refused each time, and runs as a write then.
 */
export class WriteRunner {
  constructor(private readonly parts: WriteRunnerParts) {}

  /** Runs one autocommit statement that needs the primary. Throws what #runStatement() throws. */
  run(need: Route, request: StatementRequest): Promise<StatementResult> {
    const { statements, reports, clock } = this.parts;
    const statement = new AutocommitStatement(request, statements, reports, clock);
    const isWrite = request.work === 'write';
    const result = this.#runStatement(need, statement, isWrite);
    return isWrite ? result : result.catch((error: unknown) => this.#asWrite(need, statement, error));
  }

  /** Runs as a write what was refused as a read, and so executed nowhere. Throws what run() throws. */
  async runRefused(need: Route, read: AutocommitStatement): Promise<StatementResult> {
    const result = await this.#runStatement(need, read.asWrite(), true);
    if (need.text !== undefined) this.parts.onReadRefused(need.text);
    return result;
  }

  #asWrite(need: Route, read: AutocommitStatement, error: unknown): Promise<StatementResult> {
    if (isOnlyRead(read.request) && this.parts.errors.isReadOnlyRefusal(error)) {
      return this.runRefused(need, read);
    }
    throw error;
  }

  /**
   * `isWrite`: the statement may change data. Throws WriteOutcomeUnknownError when a write's answer or
   * position is lost, NoPrimaryError or FailoverQueueFullError when there is no primary to wait for, and
   * PrimaryChangedError when the server that refused the write is no longer the primary.
   */
  #runStatement(need: Route, statement: AutocommitStatement, isWrite: boolean): Promise<StatementResult> {
    const work = this.#run(need, statement);
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

  async #run(need: Route, statement: AutocommitStatement): Promise<StatementResult> {
    const { choice, primaryOf, clock, nodes, errors } = this.parts;
    const target: Route = need.target === 'primary' ? need : { ...need, target: 'primary' };
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
        if (isOnlyRead(statement.request) && errors.isReadOnlyRefusal(error)) {
          statement.report(decision, 'retried', error);
          throw error;
        }
        // A primary refuses writes with the same error in a read-only transaction, as with
        // default_transaction_read_only, and a function can raise it too.
        const isOwn = errors.isReadOnlyRefusal(error) && (await nodes.isStillPrimary(decision.node.address));
        const again = isOwn
          ? undefined
          : this.#again(error, decision, {
              isRepeatable: attempt === 1 && mayRunTwice(statement.request),
              failedAtMs,
            });
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
    { isRepeatable, failedAtMs }: { isRepeatable: boolean; failedAtMs: number },
  ): Promise<void> | undefined {
    const { primaryWait, nodes, errors } = this.parts;
    if (errors.isReadOnlyRefusal(error)) return primaryWait.toTryAgain(failedAtMs, Promise.resolve());
    if (error instanceof ConnectFailedError) return primaryWait.toTryAgain(failedAtMs, nodes.probe(node));
    // A lost read may run twice, and the connection's failure has already alerted the monitor.
    return isRepeatable && error instanceof ConnectionLostError ? Promise.resolve() : undefined;
  }

  #explained(error: unknown, { node }: Decision): unknown {
    return this.parts.errors.isReadOnlyRefusal(error)
      ? new PrimaryChangedError(node.address.name, { cause: error })
      : error;
  }
}

/** Whether the server refuses the statement if it writes: unless the caller keeps the connection. */
function isOnlyRead({ work, keep }: StatementRequest): boolean {
  return work === 'read' && keep === undefined;
}

function mayRunTwice(request: StatementRequest): boolean {
  return isOnlyRead(request) || request.kind === 'begin';
}
