import type { Clock } from '../../../clock';
import type { PoolClient, QueryConfig, Submittable } from 'pg';
import { AnswerWatch } from './answer-watch';
import { sendCancelRequest } from '../../protocol/cancel';
import {
  type ClientPreparedStatements,
  KeptStatementError,
  type PreparedUse,
} from './client-prepared-statements';
import { clientInternals, connectionInternals } from '../../protocol/driver-internals';
import { RowQuery } from '../../protocol/rows/row-query';
import { ErrorVerdict } from '../../protocol/error-verdict';
import { wireValuesOf } from '../../protocol/wire/wire-value';
import type { Liveness } from '../../protocol/liveness';
import { sqlStateMeans } from '../../sqlstates';
import { QueryReadTimeoutError } from '../../protocol/query-timeout';
import type { AnyResult } from '../../protocol/query-types';

/** The borrower of the client. */
export interface WireUser {
  /** The connection broke. Returns the error for the statement. */
  onBroken(error: Error): Error;
  /** No answer has come for `ms` milliseconds, and the backend does not work on one. */
  onSilent(ms: number): void;
}

export interface ClientWireOptions {
  readonly clock: Clock;
  /** Undefined: the wire prepares no statements. */
  readonly statements: ClientPreparedStatements | undefined;
  /** How long a caller waits if the statement itself does not set a limit; undefined: without limit. */
  readonly queryTimeoutMs: number | undefined;
  /**
   * After this long without an answer, and again each time as much has passed, the wire asks what the backend
   * does.
   */
  readonly answerDeadlineMs: number;
  /** Asks the server what the backend with this process id does. */
  readonly livenessOf: (processId: number) => Promise<Liveness>;
}

export interface SendOptions {
  /** Whether it may run as a prepared statement: only if nothing is lost when that fails. Default false. */
  readonly mayPrepare?: boolean;
  /** How long the caller waits for the answer; the statement runs on after that. */
  readonly timeoutMs?: number | undefined;
}

/**
 * One pipelined client of the driver: several statements may be in flight, and the server answers them in
 * order.
 */
export class ClientWire {
  #inFlight = 0;
  #onQuiet: (() => void)[] = [];
  /** Answers that left a transaction open. */
  readonly #leftOpen = new WeakSet<AnyResult>();
  readonly #watch: AnswerWatch;
  readonly #verdict: ErrorVerdict;

  constructor(
    readonly client: PoolClient,
    private readonly options: ClientWireOptions,
  ) {
    this.#verdict = new ErrorVerdict(client);
    this.#watch = new AnswerWatch({
      clock: options.clock,
      deadlineMs: options.answerDeadlineMs,
      ask: () => this.#liveness(),
    });
  }

  get statements(): ClientPreparedStatements | undefined {
    return this.options.statements;
  }

  get queryTimeoutMs(): number | undefined {
    return this.options.queryTimeoutMs;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether ReadyForQuery has followed the last answer: only then is the transaction status up to date. */
  get isReady(): boolean {
    return clientInternals(this.client).readyForQuery;
  }

  get isInTransaction(): boolean {
    return this.client.getTransactionStatus() !== 'I';
  }

  /** Whether this answer left a transaction open; later answers may have come since. */
  isInTransactionAfter(result: AnyResult): boolean {
    return this.#leftOpen.has(result);
  }

  /** Calls back once, as soon as nothing is in flight. */
  onceQuiet(callback: () => void): void {
    if (this.#inFlight === 0) callback();
    else this.#onQuiet.push(callback);
  }

  /** The server was told to deallocate all prepared statements, including those that callers have named. */
  forgetPrepared(): void {
    this.statements?.forgetAll();
    const driver = connectionInternals(this.client.connection);
    for (const names of [driver.parsedStatements, driver.submittedNamedStatements])
      for (const name of Object.keys(names)) Reflect.deleteProperty(names, name);
  }

  /**
   * Sends one statement. Throws PostgreSQL's error when the server refuses it, KeptStatementError when only
   * its kept form may be at fault, QueryReadTimeoutError when no answer comes within `timeoutMs`, and the
   * error that `user.onBroken` returns when the connection breaks.
   */
  send(
    user: WireUser,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    { mayPrepare = false, timeoutMs }: SendOptions = {},
  ): Promise<AnyResult> {
    let wire: unknown[] | undefined;
    try {
      wire = wireValuesOf(config, values);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const use = mayPrepare ? this.statements?.prepare(config, wire) : undefined;
    this.#inFlight += 1;
    this.#watch.begin((ms) => user.onSilent(ms));
    return new Promise((resolve, reject) => {
      const late =
        timeoutMs === undefined
          ? undefined
          : this.options.clock.after(timeoutMs, () => reject(new QueryReadTimeoutError()));
      const settle = (give: () => void): void => {
        late?.cancel();
        give();
        this.#settleOne();
      };
      const answered = (error: Error | null | undefined, result: AnyResult): void => {
        this.#watch.answered();
        if (error) this.#errorFor(user, error, use, (explained) => settle(() => reject(explained)));
        else {
          if (use) this.statements?.succeeded(use.entry);
          if (this.isInTransaction) this.#leftOpen.add(result);
          settle(() => resolve(result));
        }
      };
      // The driver, given the configuration, would copy it with all its property descriptors.
      const query = new RowQuery(config, wire, answered);
      if (use) query.name = use.entry.name;
      // Behind a pooler, only one of the server's connections would know the name that a caller has chosen.
      else if (!this.statements) delete query.name;
      // Rows fetched in portions cannot be pipelined, and give the same result as rows fetched at once.
      query.rows = undefined;
      this.client.query(query);
    });
  }

  /** Lends the client to a cursor or stream; calls `onClosed` when it is closed. */
  submit(submittable: Submittable, onClosed: () => void): void {
    const { client } = this;
    const internals = clientInternals(client);
    // On a pipelined client the driver refuses portals that stay open, so it is a plain one until the cursor
    // closes.
    internals.pipeline = false;
    this.#inFlight += 1;
    const close = () => {
      client.removeListener('drain', close);
      client.removeListener('end', close);
      internals.pipeline = true;
      this.#settleOne();
      onClosed();
    };
    client.once('drain', close);
    client.once('end', close);
    client.query(submittable);
  }

  /** Puts everything that is written in this turn of the event loop in one packet. */
  cork(): void {
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  /** Cancels what runs on the server, if anything does. Resolves when the server has taken the request. */
  async cancel(): Promise<void> {
    if (this.#inFlight > 0) await sendCancelRequest(this.client);
  }

  /** Closes the socket at once and takes the client out of the driver's pool. */
  destroy(): void {
    this.client.release(true);
    this.client.connection.stream.destroy();
  }

  #errorFor(
    user: WireUser,
    error: Error,
    use: PreparedUse | undefined,
    onExplained: (error: Error) => void,
  ): void {
    if (use) this.statements?.failed(use.entry);
    const isOutdated = use?.isKept === true && !this.#verdict.isBound && !sqlStateMeans(error, 'momentary');
    this.#verdict.of(error, (isLost) => {
      if (isLost) onExplained(user.onBroken(error));
      else onExplained(isOutdated ? new KeptStatementError(use.entry, error) : error);
    });
  }

  async #liveness(): Promise<Liveness> {
    const { processID } = clientInternals(this.client);
    return processID === null ? 'works' : this.options.livenessOf(processID);
  }

  #settleOne(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#watch.end();
    const told = this.#onQuiet;
    this.#onQuiet = [];
    for (const tell of told) tell();
  }
}
