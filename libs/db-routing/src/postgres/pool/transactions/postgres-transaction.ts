import type { QueryConfig, QueryResult, Submittable } from 'pg';
import { CommitOutcomeUnknownError, ConnectionLostError, TransactionRolledBackError } from '../../../errors';
import type { Statement } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import type { TransactionConnection } from '../../../transaction/transaction-connection';
import type { NodeAddress } from '../../../engine/node-address';
import { type Clock, withDeadline } from '../../../clock';
import type { ClusterNodes } from '../../../execution/nodes/cluster-nodes';
import { beginSql } from './begin-sql';
import type { ServerPosition } from '../../../engine/position';
import { KEPT_POSITION_QUERY, positionIn } from '../../position/position-query';
import type { NodeConnection } from '../../connections/node-connection';
import { type AnyResult, textOf } from '../../protocol/query-types';
import { outcomeOf, type StatementReports } from '../../../execution/reports';
import { TransactionControls } from './transaction-controls';
import { TransactionFailure } from './transaction-failure';

/** How long a ROLLBACK may take, what is in flight before it included, until the connection is destroyed instead. */
const ROLLBACK_DEADLINE_MS = 2000;

export interface TransactionResources {
  /** Called at the first statement, once. */
  readonly acquire: () => Promise<NodeConnection>;
  /** Called when the transaction is over, if a connection was acquired. */
  readonly giveBack: (connection: NodeConnection) => void;
  /** Whether to ask how far the server's data reached when the transaction ended. */
  readonly asksPosition: boolean;
  /** What limits the transaction where its connection does not; travels with BEGIN. */
  readonly limitSql: readonly string[];
  readonly clock: Clock;
  readonly nodes: ClusterNodes<NodeConnection>;
  readonly reports: StatementReports;
  /** Resolves when definitions that may have been changed are known; never rejects. */
  readonly settleDefinitions: () => Promise<void>;
  /** The transaction is over; undefined: the position could not be told. */
  readonly advanceSession: (
    node: NodeAddress,
    position: ServerPosition | undefined,
    isCommitted: boolean,
  ) => Promise<void>;
}

/**
 * A transaction on one connection. BEGIN travels with the first statement, a savepoint with the statement that follows it, COMMIT
 * with the question for the position: n statements take n + 1 round trips, none take none.
 */
export class PostgresTransaction implements TransactionConnection {
  readonly #controls: TransactionControls;
  #connection: Promise<NodeConnection> | undefined;
  #opened: NodeConnection | undefined;
  #aborted: Error | undefined;
  readonly #failure = new TransactionFailure();
  #isOver = false;
  /** Another borrower may have the connection by now. */
  #isGivenBack = false;
  #tellLost: ((error: Error) => void) | undefined;
  #backendState: { outlivesDiscard: boolean } | undefined;
  #mayDefine = false;
  #onAborted: ((error: Error) => void) | undefined;

  constructor(
    readonly characteristics: Characteristics,
    private readonly resources: TransactionResources,
  ) {
    this.#controls = new TransactionControls([...beginSql(characteristics), ...resources.limitSql]);
  }

  query(config: QueryConfig | string, values?: unknown[]): Promise<AnyResult> {
    const controls = this.#controls.take();
    return this.#guard(async () => this.#reported(await this.#open(), config, values, controls));
  }

  /** See NodeConnection.submit. Errors before the cursor has the connection go to the cursor. */
  submit(submittable: Submittable, onFailed: (error: Error) => void): void {
    const controls = this.#controls.take();
    this.#guard(async () => (await this.#open()).submit(submittable, controls, () => undefined)).catch(
      (error: unknown) => onFailed(error as Error),
    );
  }

  /** See NodeConnection.markSessionState. */
  markBackendState(statement: Pick<Statement, 'outlivesDiscard'>): void {
    const before = this.#backendState?.outlivesDiscard === true;
    this.#backendState = { outlivesDiscard: before || statement.outlivesDiscard === true };
    this.#opened?.markBackendState(this.#backendState);
  }

  /** What is committed may be definitions: functions, views, tables … */
  markDefinitions(): void {
    this.#mayDefine = true;
  }

  savepoint(name: string): void {
    this.#controls.savepoint(name);
  }

  releaseSavepoint(name: string): void {
    this.#controls.release(name);
  }

  rollbackToSavepoint(name: string): void {
    if (this.#controls.rollbackTo(name)) this.#failure.undone();
  }

  async commit(): Promise<void> {
    try {
      await this.#commit();
    } finally {
      // Also when it is not known whether it was committed.
      if (this.#mayDefine) await this.resources.settleDefinitions();
    }
  }

  async #commit(): Promise<void> {
    this.#isOver = true;
    if (!this.#connection) return;
    const { name } = this.characteristics;
    let connection: NodeConnection;
    try {
      connection = await this.#connection;
      if (connection.lost) throw connection.lost;
      if (this.#aborted) throw this.#aborted;
    } catch (error) {
      throw new TransactionRolledBackError(name, 'its connection was lost before COMMIT was sent', {
        cause: error,
      });
    }
    const before = this.#controls.neededByCommit;
    const startedAtMs = this.resources.clock.now();
    const settled = await connection.batch([...before, 'COMMIT', ...this.#positionQuery]);
    const commit = settled[before.length];
    this.#report(
      connection,
      'COMMIT',
      startedAtMs,
      commit?.status === 'rejected' ? commit.reason : undefined,
    );
    const refusal = this.#refusal(commit);
    this.#giveBack(connection);
    if (refusal) {
      // What it has read before was seen all the same.
      await this.#advanceSession(connection, settled, false);
      throw refusal;
    }
    try {
      await Promise.race([this.#advanceSession(connection, settled, true), this.#abortion()]);
    } catch (cause) {
      // The server that said COMMIT is gone. The session could read something older, and whether a new primary has it nobody knows.
      throw new CommitOutcomeUnknownError(name, 'position', { cause });
    }
  }

  async rollback(): Promise<void> {
    this.#isOver = true;
    // Nobody waits for a connection that is still to come: it is given back when it does. A COMMIT that was refused has undone everything.
    if (this.#aborted || this.#isGivenBack) return;
    const connection = await this.#connection?.catch(() => undefined);
    if (connection) await this.#rollBack(connection);
  }

  async #rollBack(connection: NodeConnection): Promise<void> {
    const settled = connection.lost
      ? undefined
      : await withDeadline<PromiseSettledResult<AnyResult>[] | undefined>(
          this.resources.clock,
          ROLLBACK_DEADLINE_MS,
          connection.batch(['ROLLBACK', ...this.#positionQuery]),
          () => undefined,
        );
    // What it has read before was seen all the same.
    if (settled) await this.#advanceSession(connection, settled, false);
    // Nothing is in flight any more if ROLLBACK was answered.
    void connection.cancel();
    // Gives it back only if the server says that it is idle; destroys it, which rolls back too, if not.
    this.#giveBack(connection);
  }

  /** Rejects if it is aborted from now on. */
  #abortion(): Promise<never> {
    return new Promise((_, reject) => (this.#onAborted = reject));
  }

  #giveBack(connection: NodeConnection): void {
    this.#isGivenBack = true;
    this.resources.giveBack(connection);
  }

  get #positionQuery(): readonly QueryConfig[] {
    return this.resources.asksPosition ? [KEPT_POSITION_QUERY] : [];
  }

  #advanceSession(
    { node }: NodeConnection,
    settled: readonly PromiseSettledResult<AnyResult>[],
    isCommitted: boolean,
  ): Promise<void> {
    const last = this.resources.asksPosition ? settled.at(-1) : undefined;
    const position = last?.status === 'fulfilled' ? positionIn(last.value) : undefined;
    return this.resources.advanceSession(node, position, isCommitted);
  }

  onLost(callback: (error: Error) => void): void {
    this.#tellLost = callback;
  }

  abort(error: Error): void {
    if (this.#aborted) return;
    this.#aborted = error;
    this.#onAborted?.(error);
    const connection = this.#opened;
    if (!connection || this.#isGivenBack) return;
    if (this.#isOver || connection.hasCursor) {
      void connection.cancel();
      connection.destroy();
      return;
    }
    // Nobody waits for this. The connection is kept: a new one costs the server more than a cancelled statement. The cancelling comes
    // first, and is waited for: late, it would meet the next borrower's statement.
    void connection.cancel().then(() => this.#rollBack(connection));
  }

  #open(): Promise<NodeConnection> {
    this.#connection ??= this.resources.acquire().then((connection) => {
      this.#opened = connection;
      if (this.#backendState) connection.markBackendState(this.#backendState);
      connection.onceLost((error) => {
        if (!this.#isOver) this.#tellLost?.(error);
      });
      if (!this.#aborted) return connection;
      this.#giveBack(connection);
      throw this.#aborted;
    });
    return this.#connection;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.#aborted) throw this.#aborted;
    if (this.#isOver) throw new TransactionRolledBackError(this.characteristics.name, 'it is over');
    try {
      return await work();
    } catch (error) {
      throw this.#abortReason() ?? error;
    }
  }

  async #reported(
    connection: NodeConnection,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
  ): Promise<AnyResult> {
    const startedAtMs = this.resources.clock.now();
    try {
      const result = await connection.query(config, values, controls);
      this.#report(connection, textOf(config), startedAtMs, undefined);
      return result;
    } catch (error) {
      this.#report(connection, textOf(config), startedAtMs, error);
      throw this.#failure.of(textOf(config), error);
    }
  }

  #report({ node }: NodeConnection, text: string, startedAtMs: number, error: unknown): void {
    const { reports, nodes, clock } = this.resources;
    if (!reports.isWanted) return;
    reports.statement({
      text,
      node: node.name,
      role: nodes.roleOf(node.name),
      reason: 'transaction',
      work: 'in-transaction',
      outcome: outcomeOf(error),
      durationMs: clock.now() - startedAtMs,
      error,
    });
  }

  /** Behind a method, because it changes while something is awaited. */
  #abortReason(): Error | undefined {
    return this.#aborted;
  }

  /**
   * Why the transaction must not be taken for committed; undefined when it is. A command tag is all that COMMIT says: of an aborted
   * transaction it "succeeds" with the tag ROLLBACK.
   */
  #refusal(commit: PromiseSettledResult<AnyResult> | undefined): Error | undefined {
    const { name } = this.characteristics;
    if (commit?.status !== 'fulfilled') {
      const cause: unknown = this.#aborted ?? commit?.reason;
      const isLost = this.#aborted !== undefined || cause instanceof ConnectionLostError;
      // Any other error is the server's word that it did not commit (a deferred constraint, a serialization failure).
      return cause instanceof Error && !isLost
        ? cause
        : new CommitOutcomeUnknownError(name, 'answer', { cause });
    }
    const { command } = commit.value as QueryResult;
    if (command === 'COMMIT') return undefined;
    return this.#failure.atCommit(name, command);
  }
}
