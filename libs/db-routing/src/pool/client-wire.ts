import { type PoolClient, Query, type QueryConfig, type Submittable } from 'pg';
import { OutdatedPlanError } from '../errors';
import { sendCancelRequest } from './cancel';
import type { ClientStatements, DriverStatements } from './client-statements';
import type { BookEntry } from './lanes/statement-book';
import { wireValues } from './lanes/wire-value';
import { isConnectionFailure } from './pg-errors';
import type { AnyResult } from './query-types';

const CANCEL_DEADLINE_MS = 1000;

/** The parts of node-postgres' client that are there but not in its type declarations. */
interface ClientInternals {
  pipeline: boolean;
  /** False from the first byte of an answer's error until the server's ReadyForQuery. */
  readyForQuery: boolean;
}

type DriverQuery = new (
  config: QueryConfig | string,
  values: unknown[] | undefined,
  callback: (error: Error | null | undefined, result: AnyResult) => void,
) => Submittable & { name?: string; rows?: number | undefined };

/** Who has checked the client out. */
export interface WireUser {
  /** The connection broke; returns what the statement is to be rejected with. */
  onBroken(error: Error): Error;
  /** There was no answer for so long. */
  onSilent(ms: number): void;
}

/** One client of the driver, pipelined: statements are answered in the order in which they are sent, several may be on the way. */
export class ClientWire {
  #inFlight = 0;
  #sent = 0;
  #onQuiet: (() => void)[] = [];
  /** Answers after which a transaction was open. */
  readonly #leftOpen = new WeakSet<AnyResult>();
  /** False: it is never given up for its silence. */
  hasAnswerDeadline = true;
  /** Runs while an answer is waited for. */
  #silence: NodeJS.Timeout | undefined;

  constructor(
    readonly client: PoolClient,
    /** undefined: nothing is prepared. */
    readonly statements: ClientStatements | undefined,
    /** After this long without an answer it is given up, whatever the server's own limit does. */
    private readonly answerDeadlineMs: number,
  ) {}

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many statements were sent so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether the server has said, after its last answer, what became of the transaction. */
  get isReady(): boolean {
    return (this.client as unknown as ClientInternals).readyForQuery;
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
    const driver = this.client.connection as unknown as DriverStatements;
    for (const names of [driver.parsedStatements, driver.submittedNamedStatements])
      for (const name of Object.keys(names)) Reflect.deleteProperty(names, name);
  }

  /** `isPlain`: not as a prepared statement. Rejects with PostgreSQL's error, OutdatedPlanError, or what `user` says. */
  send(
    user: WireUser,
    config: QueryConfig | string,
    values: unknown[] | undefined,
    isPlain = false,
  ): Promise<AnyResult> {
    const { statements, answerDeadlineMs } = this;
    let wire: unknown[] | undefined;
    try {
      wire = valuesOf(config, values);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
    const prepared = isPlain ? undefined : statements?.prepare(config, wire);
    this.#inFlight += 1;
    this.#sent += 1;
    const isSilent = () => user.onSilent(answerDeadlineMs);
    // A frozen server, or a link that swallows everything, never answers and breaks nothing.
    if (this.hasAnswerDeadline) this.#silence ??= setTimeout(isSilent, answerDeadlineMs);
    return new Promise((resolve, reject) => {
      const answered = (error: Error | null | undefined, result: AnyResult): void => {
        // The server has its time for each statement; those behind this one have waited for it.
        this.#silence?.refresh();
        if (!error) {
          if (prepared) statements?.succeeded(prepared);
          if (this.isInTransaction) this.#leftOpen.add(result);
          resolve(result);
        } else reject(this.#explain(user, error, prepared));
        this.#ended();
      };
      // Made here, because the driver copies a configuration that it is given with all its descriptors.
      const query = new (Query as unknown as DriverQuery)(config, wire, answered);
      if (prepared) query.name = prepared.name;
      // Rows in portions, which cannot be pipelined, give the same result as rows at once.
      query.rows = undefined;
      this.client.query(query);
    });
  }

  /** Gives the client to a cursor or stream, which closes it itself. */
  submit(submittable: Submittable, onClosed: () => void): void {
    const { client } = this;
    const internals = client as unknown as ClientInternals;
    // The driver refuses portals that stay open on a pipelined connection: for the cursor it is a plain one.
    internals.pipeline = false;
    this.#inFlight += 1;
    const close = () => {
      client.removeListener('drain', close);
      client.removeListener('end', close);
      internals.pipeline = true;
      this.#ended();
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
    if (this.#inFlight > 0) await sendCancelRequest(this.client, CANCEL_DEADLINE_MS);
  }

  /** Ends it at once; the driver's pool forgets it. */
  destroy(): void {
    this.client.release(true);
    this.client.connection.stream.destroy();
  }

  #explain(user: WireUser, error: Error, prepared: BookEntry | undefined): Error {
    if (prepared && this.statements?.failed(prepared, error)) return new OutdatedPlanError({ cause: error });
    return isConnectionFailure(error) ? user.onBroken(error) : error;
  }

  #ended(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    clearTimeout(this.#silence);
    this.#silence = undefined;
    const told = this.#onQuiet;
    this.#onQuiet = [];
    for (const tell of told) tell();
  }
}

/**
 * What cannot be converted is refused before anything is written: the driver would tell of it twice, at once and when the server has
 * answered the rest of the statement, and what is in flight would never be counted right again.
 */
function valuesOf(config: QueryConfig | string, values: unknown[] | undefined): unknown[] | undefined {
  const given = values ?? (typeof config === 'string' ? undefined : config.values);
  return given && [...wireValues(given)];
}
