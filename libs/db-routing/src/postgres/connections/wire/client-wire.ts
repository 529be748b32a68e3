import type { PoolClient, QueryConfig, Submittable, TransactionStatus } from 'pg';
import { AnswerWatch } from './answer-watch';
import { ClientEvents } from './client-events';
import type { ClientWireOptions } from './client-wire-options';
import { sendCancelRequest } from '../../protocol/cancel';
import type { ClientPreparedStatements, PreparedUse } from './client-prepared-statements';
import { clientInternals, forgetNames } from '../../protocol/driver-internals';
import { KeptStatementError } from '../../protocol/wire/kept-statement-error';
import { wireValuesOf } from '../../protocol/wire/wire-value';
import type { Liveness } from '../../protocol/liveness';
import { KEPT_POSITION_QUERY, positionIn } from '../../position/position-query';
import { DriverWire } from './driver-wire';
import { isOneStatement } from './named-controls';
import { ExchangeWire } from './exchange-wire';
import type { AskOptions, Sending, SendOptions, WireAnswer, WireOutcome, WireUser } from './wire-call';
import { QueryReadTimeoutError } from '../../protocol/query-timeout';
import { type AnyResult, asError } from '../../protocol/query-types';

/**
 * One pipelined client of the driver: several statements may be in flight, and the server answers them in
 * order.
 */
export class ClientWire {
  readonly statements: ClientPreparedStatements | undefined;
  readonly queryTimeoutMs: number | undefined;
  readonly events: ClientEvents;
  #inFlight = 0;
  readonly #onQuiet: (() => void)[] = [];
  readonly #watch: AnswerWatch;
  readonly #driver: DriverWire;
  readonly #exchanges: ExchangeWire;

  constructor(
    readonly client: PoolClient,
    private readonly options: ClientWireOptions,
  ) {
    this.statements = options.statements;
    this.queryTimeoutMs = options.queryTimeoutMs;
    this.#watch = new AnswerWatch({
      clock: options.clock,
      deadlineMs: options.answerDeadlineMs,
      ask: () => this.#liveness(),
    });
    const use = { keepsNames: options.statements !== undefined, onAnswer: () => this.#watch.answered() };
    this.#driver = new DriverWire(client, use.keepsNames, use.onAnswer);
    this.#exchanges = new ExchangeWire(client, use);
    this.events = new ClientEvents(client);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether ReadyForQuery has followed the last answer: only then is the transaction status up to date. */
  get isReady(): boolean {
    return clientInternals(this.client).readyForQuery;
  }

  get isInTransaction(): boolean {
    return this.transactionStatus !== 'I';
  }

  /** I outside a transaction, T in one, E in one that has failed. */
  get transactionStatus(): TransactionStatus | null {
    return this.client.getTransactionStatus();
  }

  /** Calls back once, as soon as nothing is in flight. */
  onceQuiet(callback: () => void): void {
    if (this.#inFlight === 0) callback();
    else this.#onQuiet.push(callback);
  }

  /** The server was told to deallocate all prepared statements, including those that callers have named. */
  forgetPrepared(): void {
    this.statements?.forgetAll();
    forgetNames(this.client);
  }

  /**
   * Sends one statement. Throws PostgreSQL's error when the server refuses it, KeptStatementError when only
   * its kept form may be at fault, QueryReadTimeoutError when no answer comes within `timeoutMs`, and the
   * error that `user.onBroken` returns when the connection breaks.
   */
  async send(
    user: WireUser,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    options: SendOptions = {},
  ): Promise<AnyResult> {
    const sending = this.#prepare(user, config, values, options);
    const { result } = await (options.joins === true && this.#exchanges.mayTake(config)
      ? this.#start(sending, (onOver) => this.#exchanges.join(sending, onOver))
      : this.#isSingle(sending)
        ? this.#sendSingle(sending, false)
        : this.#sendByDriver(sending));
    return result;
  }

  /**
   * As send(). With `wantsPosition`, asks for the server's position behind the statement, in the same packet;
   * the position is undefined when it is lost.
   */
  ask(
    user: WireUser,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    options: AskOptions,
  ): Promise<WireAnswer> {
    let sending: Sending;
    try {
      sending = this.#prepare(user, config, values, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
    if (this.#isSingle(sending)) return this.#sendSingle(sending, options.wantsPosition);
    return options.wantsPosition ? this.#askByDriver(sending) : this.#sendByDriver(sending);
  }

  async #askByDriver(sending: Sending): Promise<WireAnswer> {
    const { user } = sending;
    this.cork();
    const statement = this.#sendByDriver(sending);
    const position = this.send(user, KEPT_POSITION_QUERY, undefined).then(positionIn, () => undefined);
    try {
      const { result, isOpen } = await statement;
      return { result, position: await position, isOpen };
    } catch (error) {
      // A caller whose time is over does not wait for the position either.
      if (!(error instanceof QueryReadTimeoutError)) await position;
      throw error;
    }
  }

  #prepare(
    user: WireUser,
    config: QueryConfig | string,
    given: unknown[] | undefined,
    { mayPrepare = false, timeoutMs }: SendOptions,
  ): Sending {
    const values = wireValuesOf(config, given);
    const use = mayPrepare ? this.statements?.prepare(config, values) : undefined;
    return { user, config, values, use, timeoutMs };
  }

  /** Whether it may be sent past the driver. */
  #isSingle({ config, values }: Sending): boolean {
    return this.#inFlight === 0 && isOneStatement(config, values) && this.#exchanges.mayTake(config);
  }

  #sendSingle(sending: Sending, wantsPosition: boolean): Promise<WireAnswer> {
    return this.#start(sending, (onOver) => this.#exchanges.send(sending, wantsPosition, onOver));
  }

  #sendByDriver(sending: Sending): Promise<WireAnswer> {
    this.#exchanges.flush();
    return this.#start(sending, (onOver) => this.#driver.send(sending, onOver));
  }

  #start(sending: Sending, send: (onOver: (outcome: WireOutcome) => void) => void): Promise<WireAnswer> {
    const { user, use, timeoutMs } = sending;
    this.#inFlight += 1;
    this.#watch.begin((ms) => user.onSilent(ms));
    return new Promise((resolve, reject) => {
      const late =
        timeoutMs === undefined
          ? undefined
          : this.options.clock.after(timeoutMs, () => reject(new QueryReadTimeoutError()));
      const onOver = (outcome: WireOutcome): void => {
        late?.cancel();
        if (outcome.failure === undefined) {
          if (use) this.statements?.succeeded(use.entry);
          resolve(outcome);
        } else reject(this.#errorOf(outcome, user, use));
        this.#settleOne();
      };
      send(onOver);
    });
  }

  #errorOf(
    { failure, isLost, isInDoubt }: WireOutcome & { readonly failure: Error },
    user: WireUser,
    use: PreparedUse | undefined,
  ): Error {
    if (use) this.statements?.failed(use.entry);
    if (isLost) return user.onBroken(failure);
    return use && isInDoubt ? new KeptStatementError(use.entry, failure) : failure;
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
    this.#exchanges.flush();
    client.query(submittable);
  }

  /** Sends what has joined so far with a Sync of its own. */
  flush(): void {
    this.#exchanges.flush();
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
    this.#watch.stop();
    this.client.release(true);
    this.client.connection.stream.destroy();
  }

  async #liveness(): Promise<Liveness> {
    const { processID } = clientInternals(this.client);
    return processID === null ? 'works' : this.options.livenessOf(processID);
  }

  #settleOne(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    this.#watch.end();
    for (const tell of this.#onQuiet.splice(0)) tell();
  }
}
