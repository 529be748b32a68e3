import type { QueryConfig, QueryResult, Submittable } from 'pg';
import type { Session } from '../../../consistency/session';
import {
  CommitOutcomeUnknownError,
  ConnectionLostError,
  PrimaryChangedError,
  WriteOutcomeUnknownError,
} from '../../../errors';
import type { Statement } from '../../../engine/statement';
import type { Clock } from '../../../clock';
import type { ClusterNodes } from '../../../execution/nodes/cluster-nodes';
import type { ExclusiveAnswer } from '../../../engine/node-statement';
import type { ServerPosition } from '../../../engine/position';
import type { NodeConnection } from '../../connections/node-connection';
import { sqlStateMeans } from '../../sqlstates';
import type { AnyResult } from '../../protocol/query-types';
import type { StatementReports } from '../../../execution/reports';
import { RequestLimits } from '../../../execution/limits/request-limits';
import type { EndedWork, ServerPositions } from '../../../execution/positions/server-positions';
import { TransactionFailure } from '../transactions/transaction-failure';
import type { TransactionPooler } from '../../connections/transaction-pooler';
import { BoundReports } from './bound-reports';
import { ForeseenStatus } from './foreseen-status';
import { outcomeUnknown } from './outcome-unknown';
import { LeftOpen } from './left-open';
import { endsForGood, isPlainRead, mayCommitAndFail } from './statement-traits';
import { TransactionOpening } from './transaction-opening';

export interface BoundConnectionOptions {
  readonly clock: Clock;
  readonly nodes: ClusterNodes<NodeConnection>;
  readonly positions: ServerPositions;
  readonly reports: StatementReports;
  /** Set where a pooler may give the next transaction another server connection. */
  readonly pooler: TransactionPooler | undefined;
}

interface SentStatement {
  readonly statement: Statement;
  readonly isAutocommit: boolean;
  /** Whether the answer is to bring a position. */
  readonly isAsked: boolean;
}

/**
 * The exclusive connection to the primary that a bound client holds, from its first statement that is not a
 * plain read until its release. Sends statements in the order of the calls. Whether a transaction is open
 * follows from the server's answers.
 */
export class BoundConnection {
  readonly #foreseen = new ForeseenStatus();
  readonly #opening = new TransactionOpening();
  readonly #leftOpen = new LeftOpen();
  readonly #reports: BoundReports;
  /** Why the open transaction cannot be committed. */
  readonly #failure = new TransactionFailure();

  constructor(
    readonly connection: NodeConnection,
    private readonly options: BoundConnectionOptions,
  ) {
    this.#reports = new BoundReports(connection.node, this.#foreseen, options);
  }

  get isInTransaction(): boolean {
    return this.connection.isInTransaction;
  }

  /** Whether this answer left a transaction open. Known since the client may have changed definitions. */
  hasLeftOpen(result: object): boolean {
    return this.#leftOpen.has(result);
  }

  /** Call this when the statement that bound the client has run here. `result`: undefined if it failed. */
  adopt(statement: Statement, result: object | undefined): void {
    this.#foreseen.settled(this.isInTransaction);
    this.#leftOpen.sent(statement);
    if (result) this.#leftOpen.note({ result, isOpen: this.isInTransaction });
    if (statement.kind === 'begin') this.#opening.begun(statement.text, true);
  }

  /**
   * Sends a statement at once. Rejects with the server's error; with WriteOutcomeUnknownError or
   * CommitOutcomeUnknownError when the answer or the position of a write or COMMIT is lost; or with
   * PrimaryChangedError when the server is no longer the primary.
   */
  query(
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    session: Session | undefined,
  ): Promise<AnyResult> {
    if (statement.backendState === 'changes') this.connection.markBackendState(statement);
    const isAutocommit = this.#foreseen.isAutocommit(statement);
    if (isAutocommit) this.options.pooler?.assertUsesNothing(statement);
    const isWrite = !isPlainRead(statement) && statement.kind !== 'rollback';
    const isEnd = isAutocommit || endsForGood(statement);
    const wantsPosition = isEnd && (session?.asksBehind(isWrite ? 'write' : 'read') ?? false);
    this.#leftOpen.sent(statement);
    const opening = this.#opening.take();
    if (statement.kind === 'begin' && !this.#foreseen.isOpen) {
      this.#opening.begun(statement.text, this.#foreseen.isIdle);
      this.#failure.undone();
    }
    this.#foreseen.sent(statement);
    const sent = this.connection.ask({ input, values, wantsPosition }, opening);
    return this.#within({ statement, isAutocommit, isAsked: wantsPosition }, sent, session);
  }

  /**
   * Sends a follow-up to the previous statement. An error is ignored here, because the transaction will
   * report it.
   */
  append(text: string): void {
    this.#opening.append(text);
    this.connection.query(text, undefined).catch(() => undefined);
  }

  /**
   * Gives the connection to a cursor, stream or query object until that is closed, and resolves then. Later
   * statements wait.
   */
  submit(statement: Statement, submittable: Submittable, session: Session | undefined): Promise<void> {
    const { connection, options } = this;
    if (statement.backendState === 'changes') connection.markBackendState(statement);
    this.#leftOpen.sent(statement);
    const isWrite = !isPlainRead(statement);
    this.#opening.take();
    this.#foreseen.sent(statement);
    // The caller may see the end before the server has reported the position.
    const placed = isWrite ? session?.startWrite() : undefined;
    return new Promise((resolve) => {
      connection.submit(submittable, [], () => {
        this.#settleForeseen();
        resolve();
        if (this.isInTransaction) {
          placed?.();
          return;
        }
        const told = options.positions.seen(connection, isWrite, session).then((isTold) => {
          if (isTold) placed?.();
        });
        session?.settle(told);
      });
    });
  }

  /** `reason`: as in node-postgres, an error or `true` closes the connection. */
  release(reason: Error | boolean | undefined, session: Session | undefined): void {
    const { connection } = this;
    if (reason !== undefined && reason !== false) {
      connection.destroy();
      return;
    }
    const giveBack = () => connection.releaseWhenQuiet();
    if (!session || !this.isInTransaction) {
      giveBack();
      return;
    }
    // The rolled-back transaction's reads were still seen.
    const told = this.options.positions.seen(connection, false, session).then(giveBack);
    session.settle(told);
  }

  async #within(
    { statement, isAutocommit, isAsked }: SentStatement,
    sent: Promise<ExclusiveAnswer>,
    session: Session | undefined,
  ): Promise<AnyResult> {
    let over: Error | undefined;
    const unwatch = RequestLimits.current()?.watch((error) => {
      over = error;
      this.connection.stop(error, () => undefined);
    });
    const startedAtMs = this.options.clock.now();
    try {
      const answer = await sent;
      this.#leftOpen.note(answer);
      if (statement.kind === 'rollback-to-savepoint') this.#failure.undone();
      this.#reports.report(statement, startedAtMs);
      const learning = this.#learn(statement, answer, session, isAsked);
      if (learning) await learning;
      return answer.result as AnyResult;
    } catch (error) {
      this.#reports.report(statement, startedAtMs, error);
      if (session && mayCommitAndFail(statement)) {
        await this.#place(undefined, session, { isWrite: true, isAsked: false })?.catch(ignore);
      }
      const told = isAutocommit ? error : this.#failure.of(statement.text, error);
      const unknown = outcomeUnknown(statement, { isAutocommit, begin: this.#opening.begin }, told);
      throw unknown ?? over ?? (await this.#errorFor(statement, isAutocommit, told));
    } finally {
      unwatch?.();
      this.#settleForeseen();
    }
  }

  /**
   * Advances the session by the answer's position; undefined when there is nothing to wait for. Rejects when
   * a COMMIT turned out to be a rollback, or when the position of a write cannot be learned.
   */
  #learn(
    statement: Statement,
    { result, position, isOpen }: ExclusiveAnswer,
    session: Session | undefined,
    isAsked: boolean,
  ): Promise<void> | undefined {
    if (statement.kind === 'commit' && (result as QueryResult).command === 'ROLLBACK') {
      return this.#refuseCommit(position, session);
    }
    if (!session || isOpen) return undefined;
    const { node, lost } = this.connection;
    if (position === undefined && statement.kind === 'rollback') return undefined;
    if (position === undefined && isPlainRead(statement)) {
      // Without it, the session could later see less. A server that cannot say where it is has lost nothing.
      if (lost && session.followsReads) throw new ConnectionLostError(node.name, { cause: lost });
      return undefined;
    }
    return this.#place(position, session, { isWrite: !isPlainRead(statement), isAsked })?.catch(
      (cause: unknown) => {
        throw statement.kind === 'commit'
          ? new CommitOutcomeUnknownError(this.#opening.begin, 'position', { cause })
          : new WriteOutcomeUnknownError('position', { cause });
      },
    );
  }

  async #refuseCommit(position: ServerPosition | undefined, session: Session | undefined): Promise<never> {
    if (position) await this.options.positions.advance(this.connection.node, position, false, session);
    throw this.#failure.atCommit(this.#opening.begin, 'ROLLBACK');
  }

  #place(position: ServerPosition | undefined, session: Session, work: EndedWork): Promise<void> | undefined {
    return this.options.positions.advance(this.connection.node, position, true, session, work);
  }

  async #errorFor(statement: Statement, isAutocommit: boolean, error: unknown): Promise<unknown> {
    const { node } = this.connection;
    const isOwn = !sqlStateMeans(error, 'read-only') || (await this.options.nodes.isStillPrimary(node));
    return isOwn || !isAutocommit ? error : new PrimaryChangedError(node.name, { cause: error });
  }

  #settleForeseen(): void {
    if (this.connection.isQuiet) this.#foreseen.settled(this.connection.isInTransaction);
  }
}

function ignore(): void {
  // The caller needs the statement's own error.
}
