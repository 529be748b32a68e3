import type { QueryConfig, Submittable } from 'pg';
import { withDeadline } from '../../../clock';
import type { Characteristics } from '../../../engine/characteristics';
import type { Statement, StatementKind } from '../../../engine/statement';
import { CommitOutcomeUnknownError, TransactionRolledBackError } from '../../../errors';
import type { TransactionConnection } from '../../../transaction/transaction-connection';
import type { NodeConnection } from '../../connections/node-connection';
import { PLAIN_KINDS } from '../../protocol/plain-kinds';
import { type AnyResult, textOf } from '../../protocol/query-types';
import { KeptStatementError } from '../../protocol/wire/kept-statement-error';
import { beginSql } from './begin-sql';
import { commitError } from './commit-answer';
import { FinalPosition } from './final-position';
import { TransactionControls } from './transaction-controls';
import { TransactionFailure } from './transaction-failure';
import { TransactionReports } from './transaction-reports';
import type { TransactionResources } from './transaction-resources';

/** How long a ROLLBACK and the statements before it may take, until the connection is destroyed instead. */
const ROLLBACK_DEADLINE_MS = 2000;

/**
 * A managed transaction on its transaction connection. BEGIN travels with the first statement, a savepoint
 * with the statement that follows it, and the question for the server's position with COMMIT: a transaction
 * of n statements takes n + 1 round trips, an empty one takes none.
 */
export class PostgresTransaction implements TransactionConnection {
  readonly #resources: TransactionResources;
  readonly #controls: TransactionControls;
  readonly #reports: TransactionReports;
  readonly #position: FinalPosition;
  readonly #failure = new TransactionFailure();
  #connection: Promise<NodeConnection> | undefined;
  /** The connection, once `#connection` has resolved. */
  #opened: NodeConnection | undefined;
  #aborted: Error | undefined;
  #isOver = false;
  /** From then on another borrower may have the connection. */
  #isGivenBack = false;
  #backendState: { outlivesDiscard: boolean } | undefined;
  #mayDefine = false;
  #tellLost: ((error: Error) => void) | undefined;
  #onAborted: ((error: Error) => void) | undefined;

  constructor(
    readonly characteristics: Characteristics,
    resources: TransactionResources,
    /** See ConnectionFactory. */
    private readonly isRepeatable: boolean,
  ) {
    this.#resources = resources;
    this.#controls = new TransactionControls([...beginSql(characteristics), ...resources.limitSql]);
    this.#reports = new TransactionReports(resources);
    this.#position = new FinalPosition(resources);
  }

  /** `kind`: that of the statement, if it was classified. */
  query(config: QueryConfig | string, values?: unknown[], kind?: StatementKind): Promise<AnyResult> {
    const controls = this.#controls.take();
    const joins = kind !== undefined && PLAIN_KINDS.has(kind);
    return this.#guard(async () => this.#send(await this.#open(), config, values, { controls, joins }));
  }

  /** See NodeConnection.submit. Calls `onFailed` if the submittable does not get the connection. */
  submit(submittable: Submittable, onFailed: (error: Error) => void): void {
    const controls = this.#controls.take();
    this.#guard(async () => (await this.#open()).submit(submittable, controls, () => undefined)).catch(
      (error: unknown) => onFailed(error as Error),
    );
  }

  /** See NodeConnection.markBackendState. */
  markBackendState(statement: Pick<Statement, 'outlivesDiscard'>): void {
    const before = this.#backendState?.outlivesDiscard === true;
    this.#backendState = { outlivesDiscard: before || statement.outlivesDiscard === true };
    this.#opened?.markBackendState(this.#backendState);
  }

  /** Notes that the transaction may change definitions: functions, views, tables … */
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
      // Also when the outcome is unknown: the definitions may have been committed.
      if (this.#mayDefine) await this.#resources.settleDefinitions();
    }
  }

  async #commit(): Promise<void> {
    this.#isOver = true;
    if (!this.#connection) return;
    let connection: NodeConnection;
    try {
      connection = await this.#connection;
      if (connection.lost) throw connection.lost;
      if (this.#aborted) throw this.#aborted;
    } catch (cause) {
      const why = 'its connection was lost before COMMIT was sent';
      throw new TransactionRolledBackError(this.characteristics.name, why, { cause });
    }
    await this.#commitOn(connection);
  }

  async #commitOn(connection: NodeConnection): Promise<void> {
    const { name: transaction } = this.characteristics;
    const before = this.#controls.neededByCommit;
    const startedAtMs = this.#resources.clock.now();
    const answers = await connection.batch([...before, 'COMMIT', ...this.#position.queryBehind('COMMIT')]);
    const settled = answers[before.length];
    const reason: unknown = settled?.status === 'rejected' ? settled.reason : undefined;
    this.#reports.report(connection, 'COMMIT', startedAtMs, reason);
    const error = commitError({ transaction, settled, failure: this.#failure, aborted: this.#aborted });
    this.#giveBack(connection);
    if (error) {
      // The session has seen what the transaction read, although it is rolled back.
      await this.#position.advance(connection, answers, false);
      throw error;
    }
    try {
      const advancing = this.#position.advance(connection, answers, true);
      if (advancing) await Promise.race([advancing, this.#abortion()]);
    } catch (cause) {
      // The server that answered COMMIT is gone: a new primary may lack the commit, and the session may read
      // an older state there.
      throw new CommitOutcomeUnknownError(transaction, 'position', { cause });
    }
  }

  async rollback(): Promise<void> {
    this.#isOver = true;
    // After abort(), which rolls back itself (#open() gives back a connection that arrives later), or after a
    // refused COMMIT, with which the server has rolled back.
    if (this.#aborted || this.#isGivenBack) return;
    const connection = await this.#connection?.catch(() => undefined);
    if (connection) await this.#rollBack(connection);
  }

  async #rollBack(connection: NodeConnection): Promise<void> {
    const answers = connection.lost
      ? undefined
      : await withDeadline<PromiseSettledResult<AnyResult>[] | undefined>(
          this.#resources.clock,
          ROLLBACK_DEADLINE_MS,
          connection.batch(['ROLLBACK', ...this.#position.queryBehind('ROLLBACK')]),
          () => undefined,
        );
    // The session has seen what the transaction read, although it is rolled back.
    if (answers) await this.#position.advance(connection, answers, false);
    // Finds nothing to cancel if ROLLBACK was answered.
    void connection.cancel();
    // Destroys the connection unless the server says that it is idle; the server then rolls back too.
    this.#giveBack(connection);
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
    // No caller waits for this. The connection is kept: a new one costs the server more than a cancelled
    // statement. ROLLBACK waits for the cancel request; a late one could otherwise cancel the next borrower's
    // statement.
    void connection.cancel().then(() => this.#rollBack(connection));
  }

  /** Rejects when the transaction is aborted from now on; never resolves. */
  #abortion(): Promise<never> {
    return new Promise((_, reject) => (this.#onAborted = reject));
  }

  #giveBack(connection: NodeConnection): void {
    this.#isGivenBack = true;
    this.#resources.giveBack(connection);
  }

  #open(): Promise<NodeConnection> {
    this.#connection ??= this.#resources.acquire().then((connection) => {
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

  async #send(
    connection: NodeConnection,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    { controls, joins }: { readonly controls: readonly string[]; readonly joins: boolean },
  ): Promise<AnyResult> {
    const startedAtMs = this.#resources.clock.now();
    try {
      const { isRepeatable } = this;
      const result = await connection.query(config, values, controls, { joins, isRepeatable });
      this.#reports.report(connection, config, startedAtMs, undefined);
      return result;
    } catch (error) {
      this.#reports.report(connection, config, startedAtMs, error);
      // The function may catch the error; the transaction runs again all the same.
      if (error instanceof KeptStatementError) this.#tellLost?.(error);
      throw this.#failure.of(textOf(config), error);
    }
  }

  /** A method, because TypeScript would narrow the field across an await that may change it. */
  #abortReason(): Error | undefined {
    return this.#aborted;
  }
}
