import type { Clock } from '../../../clock';
import { type PoolClient, Query, type QueryConfig, type Submittable } from 'pg';
import { AnswerWatch } from './answer-watch';
import { sendCancelRequest } from '../../protocol/cancel';
import { type ClientStatements, KeptStatementError, type PreparedUse } from './client-statements';
import { clientInternals, connectionInternals } from '../../protocol/driver-internals';
import { ErrorVerdict } from '../../protocol/error-verdict';
import { wireValuesOf } from '../../protocol/wire/wire-value';
import type { Liveness } from '../../protocol/liveness';
import { sqlStateMeans } from '../../sqlstates';
import { QueryReadTimeoutError } from '../../protocol/query-timeout';
import type { AnyResult } from '../../protocol/query-types';

type DriverQuery = new (
  config: QueryConfig | string,
  values: unknown[] | undefined,
  callback: (error: Error | null | undefined, result: AnyResult) => void,
) => Submittable & { name?: string; rows?: number | undefined };

/** Who has checked the client out. */
export interface WireUser {
  /** The connection broke; returns what the statement is to be rejected with. */
  onBroken(error: Error): Error;
  /** There was no answer for so long, and no backend works on it. */
  onSilent(ms: number): void;
}

export interface ClientWireOptions {
  readonly clock: Clock;
  /** undefined: nothing is prepared. */
  readonly statements: ClientStatements | undefined;
  /** How long callers wait who do not say; undefined: as long as it takes. */
  readonly queryTimeoutMs: number | undefined;
  /** After this long without an answer the server is asked whether its backend works on it, and again after each further such time. */
  readonly answerDeadlineMs: number;
  readonly livenessOf: (processId: number) => Promise<Liveness>;
}

/** How one statement is sent. */
export interface SendOptions {
  /** Whether it may go by a name that the server knows it by: only where nothing is lost when that fails. Default false. */
  readonly mayPrepare?: boolean;
  /** Called at once if it goes by a name that was parsed earlier: it may have to be sent again. */
  readonly onKept?: () => void;
  /** How long its caller waits; it runs on. */
  readonly timeoutMs?: number | undefined;
}

/** One client of the driver, pipelined: statements are answered in the order in which they are sent, several may be on the way. */
export class ClientWire {
  #inFlight = 0;
  #onQuiet: (() => void)[] = [];
  /** Answers after which a transaction was open. */
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

  get statements(): ClientStatements | undefined {
    return this.options.statements;
  }

  get queryTimeoutMs(): number | undefined {
    return this.options.queryTimeoutMs;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether the server has said, after its last answer, what became of the transaction. */
  get isReady(): boolean {
    return clientInternals(this.client).readyForQuery;
  }

  get isInTransaction(): boolean {
    return this.client.getTransactionStatus() !== 'I';
  }

  /** As the server said with this answer; later ones may have come since. */
  isInTransactionAfter(result: AnyResult): boolean {
    return this.#leftOpen.has(result);
  }

  /** Calls back once when nothing is on the way. */
  onceQuiet(callback: () => void): void {
    if (this.#inFlight === 0) callback();
    else this.#onQuiet.push(callback);
  }

  /** The server was told to forget all prepared statements, those that callers have named too. */
  forgetPrepared(): void {
    this.statements?.forgetAll();
    const driver = connectionInternals(this.client.connection);
    for (const names of [driver.parsedStatements, driver.submittedNamedStatements])
      for (const name of Object.keys(names)) Reflect.deleteProperty(names, name);
  }

  /** Rejects with PostgreSQL's error, KeptStatementError, QueryReadTimeoutError, or what `user` says. */
  send(
    user: WireUser,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    { mayPrepare = false, onKept, timeoutMs }: SendOptions = {},
  ): Promise<AnyResult> {
    let wire: unknown[] | undefined;
    try {
      wire = wireValuesOf(config, values);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const use = mayPrepare ? this.statements?.prepare(config, wire) : undefined;
    if (use?.isKept) onKept?.();
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
      // Made here, because the driver copies a configuration that it is given with all its descriptors.
      const query = new (Query as unknown as DriverQuery)(config, wire, answered);
      if (use) query.name = use.entry.name;
      // A caller's own name would be known to one of the server's connections only.
      else if (!this.statements) delete query.name;
      // Rows in portions, which cannot be pipelined, give the same result as rows at once.
      query.rows = undefined;
      this.client.query(query);
    });
  }

  /** Gives the client to a cursor or stream, which closes it itself. */
  submit(submittable: Submittable, onClosed: () => void): void {
    const { client } = this;
    const internals = clientInternals(client);
    // The driver refuses portals that stay open on a pipelined connection: for the cursor it is a plain one.
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

  /** One packet for all that is written in this turn of the event loop. */
  cork(): void {
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  /** Cancels on the server what runs, if anything does. Resolves when the server has been told. */
  async cancel(): Promise<void> {
    if (this.#inFlight > 0) await sendCancelRequest(this.client);
  }

  /** Ends it at once; the driver's pool forgets it. */
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
