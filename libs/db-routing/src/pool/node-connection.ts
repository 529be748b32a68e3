import { type PoolClient, Query, type QueryConfig, type Submittable } from 'pg';
import type { Lsn } from '../consistency/lsn';
import { ConnectionLostError, OutdatedPlanError } from '../errors';
import type { NodeAddress } from '../topology/connection-url';
import { sendCancelRequest } from './cancel';
import type { ClientStatements } from './client-statements';
import type { LaneAnswer, LaneRead } from './lanes/lane-read';
import type { BookEntry } from './lanes/statement-book';
import { type LanePosition, POSITION_QUERY, positionIn } from './lanes/position-query';
import { StalePositionError } from './lanes/stale-position-error';
import { isConnectionFailure } from './pg-errors';
import type { AnyResult } from './query-types';

const CANCEL_DEADLINE_MS = 1000;
/** How long a statement that was cancelled may go on. */
const STOP_DEADLINE_MS = 2000;
/** How long ReadyForQuery may be late. */
const STATUS_DEADLINE_MS = 1000;

/** The parts of node-postgres' client that are there but not in its type declarations. */
interface ClientInternals {
  processID: number | null;
  secretKey: number | null;
  pipeline: boolean;
  /** False from the first byte of an answer's error until the server's ReadyForQuery. */
  readyForQuery: boolean;
}

type DriverQuery = new (
  config: QueryConfig | string,
  values: unknown[] | undefined,
  callback: (error: Error | null | undefined, result: AnyResult) => void,
) => Submittable & { name?: string };

interface QueuedCursor {
  readonly start: () => void;
}

/** Who checked the connection out. */
export interface ConnectionOwner {
  /** After this long without an answer the connection is given up, whatever the server's own limit does. */
  readonly answerDeadlineMs: number;
  readonly isExpendable: boolean;
  /** undefined: nothing is prepared. */
  readonly statements: ClientStatements | undefined;
  onLost(error: Error): void;
  onGivenUp(): void;
}

/**
 * One checked-out connection to one node. Statements run in the order in which they are given; several may be on the wire
 * at once. A connection goes back to its pool only when nothing is in flight and the server says it is idle
 * outside a transaction; every other one is destroyed.
 */
export class NodeConnection {
  #inFlight = 0;
  #lost: Error | undefined;
  #isGivenUp = false;
  #hasSessionState = false;
  /** Set while a cursor has the connection to itself, with what waits behind it. */
  #waiting: QueuedCursor[] | undefined;
  #onQuiet: (() => void) | undefined;
  #onLost: ((error: ConnectionLostError) => void) | undefined;
  readonly #onError: (error: Error) => void;

  constructor(
    readonly node: NodeAddress,
    private readonly client: PoolClient,
    private readonly owner: ConnectionOwner,
  ) {
    this.#onError = (error) => this.#markLost(error);
    client.on('error', this.#onError);
  }

  /** An autocommit read: it may be run again elsewhere, so it need not wait for a node that is in doubt. */
  get isExpendable(): boolean {
    return this.owner.isExpendable;
  }

  /** Gives it up for the node's sake: what is in flight rejects with ConnectionLostError. */
  abandon(why: Error): void {
    this.#lost ??= why;
    this.destroy();
    this.#tellLost();
  }

  /** Calls back once if the connection breaks while it is checked out. */
  onceLost(callback: (error: ConnectionLostError) => void): void {
    this.#onLost = callback;
    if (this.#lost) this.#tellLost();
  }

  #tellLost(): void {
    const tell = this.#onLost;
    this.#onLost = undefined;
    tell?.(new ConnectionLostError(this.node.name, { cause: this.#lost }));
  }

  /** A cursor has it to itself, until whoever reads it closes it. */
  get hasCursor(): boolean {
    return this.#waiting !== undefined;
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  /** The connection now carries state that the next borrower must not inherit. */
  markSessionState(): void {
    this.#hasSessionState = true;
  }

  /**
   * Sends one statement, with `controls` (BEGIN, SAVEPOINT, …) before it in the same round trip.
   * Rejects with PostgreSQL's error, or with ConnectionLostError.
   */
  query(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[] = [],
  ): Promise<AnyResult> {
    if (!this.#waiting) return this.#send(config, values, controls);
    return new Promise((resolve, reject) => {
      this.#enqueue(() => void this.#send(config, values, controls).then(resolve, reject));
    });
  }

  /**
   * Sends one statement outside of a transaction, in the same round trip the question how far the server's data reaches after it, and
   * before it where it must reach somewhere. Rejects like query(), and with StalePositionError.
   */
  ask({ input, values, atLeast, wantsPosition = false }: LaneRead): Promise<LaneAnswer> {
    if (atLeast === undefined && !wantsPosition) {
      return this.query(input, values).then((result) => ({ result, position: undefined }));
    }
    return new Promise((resolve, reject) => {
      this.#enqueue(() => void this.#ask(input, values, atLeast, wantsPosition).then(resolve, reject));
    });
  }

  /** How far the server's data reaches; undefined where it cannot say. */
  async position(): Promise<LanePosition | undefined> {
    return positionIn(await this.query(POSITION_QUERY, undefined));
  }

  /** Several simple statements in one round trip; resolves or rejects each on its own. */
  batch(statements: readonly string[]): Promise<PromiseSettledResult<AnyResult>[]> {
    return new Promise((resolve) => {
      this.#enqueue(() => {
        this.#cork();
        resolve(Promise.allSettled(statements.map((text) => this.#track(text, undefined))));
      });
    });
  }

  /**
   * Gives the connection to a cursor or stream, alone, once what was sent before has been answered.
   * What comes behind waits until the cursor is closed. `onClosed` is called then.
   */
  submit(submittable: Submittable, controls: readonly string[], onClosed: () => void): void {
    this.#enqueue(() => {
      const waiting: QueuedCursor[] = [];
      this.#waiting = waiting;
      void this.#settleControls(controls).then(() => {
        const internals = this.client as unknown as ClientInternals;
        // The driver refuses portals that stay open on a pipelined connection: for the cursor it is a plain one.
        internals.pipeline = false;
        this.#inFlight += 1;
        const close = () => {
          this.client.removeListener('drain', close);
          this.client.removeListener('end', close);
          internals.pipeline = true;
          this.#inFlight -= 1;
          this.#waiting = undefined;
          for (const { start } of waiting) start();
          onClosed();
        };
        this.client.once('drain', close);
        this.client.once('end', close);
        this.client.query(submittable);
      });
    });
  }

  /** Cancels on the server what runs on this connection. */
  async cancel(): Promise<void> {
    const { processID, secretKey } = this.client as unknown as ClientInternals;
    if (processID === null || secretKey === null || this.#inFlight === 0) return;
    await sendCancelRequest(this.node, { processId: processID, secretKey }, CANCEL_DEADLINE_MS);
  }

  /**
   * Cancels what runs, and calls `onStopped` when the server has had its say: a cancel request that came late would meet the next
   * borrower's statement. A server that does not stop in time loses the connection.
   */
  stop(why: Error, onStopped: () => void): void {
    const timer = setTimeout(() => this.abandon(why), STOP_DEADLINE_MS);
    const done = (): void => {
      clearTimeout(timer);
      onStopped();
    };
    void this.cancel().then(() => {
      if (this.#inFlight === 0) done();
      else this.#onQuiet = done;
    });
  }

  /** Back to the pool if it is clean, destroyed if not. */
  release(): void {
    if (this.#isGivenUp) return;
    if (this.#lost || this.#hasSessionState || this.#inFlight > 0 || this.owner.statements?.isOutdated) {
      this.destroy();
    } else if ((this.client as unknown as ClientInternals).readyForQuery) {
      this.#releaseIfIdle();
    } else {
      // A statement that failed has said so before the server tells what became of the transaction.
      const timer = setTimeout(() => this.destroy(), STATUS_DEADLINE_MS);
      this.client.once('drain', () => {
        clearTimeout(timer);
        this.#releaseIfIdle();
      });
    }
  }

  #releaseIfIdle(): void {
    if (this.#isGivenUp) return;
    if (this.#lost || this.client.getTransactionStatus() !== 'I') {
      this.destroy();
      return;
    }
    this.#isGivenUp = true;
    this.client.removeListener('error', this.#onError);
    this.client.release();
    this.owner.onGivenUp();
  }

  /** Closes the socket without waiting for anything that is in flight. */
  destroy(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    // The error listener stays: a dying socket may still report one, twice even.
    this.client.release(true);
    this.client.connection.stream.destroy();
    this.owner.onGivenUp();
  }

  #enqueue(start: () => void): void {
    if (this.#waiting) this.#waiting.push({ start });
    else start();
  }

  async #send(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
    isPlain = false,
  ): Promise<AnyResult> {
    try {
      return await this.#sendOnce(config, values, controls, isPlain);
    } catch (error) {
      if (isPlain || !(error instanceof OutdatedPlanError)) throw error;
      // Nothing of it was executed. What came before it in its transaction is lost, though, if there was anything.
      const isFirst = controls.some((control) => control.startsWith('BEGIN'));
      if (!isFirst && this.client.getTransactionStatus() !== 'I') throw error;
      if (isFirst) await this.#track('ROLLBACK', undefined);
      return this.#send(config, values, controls, true);
    }
  }

  async #sendOnce(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[],
    isPlain: boolean,
  ): Promise<AnyResult> {
    if (controls.length === 0) return this.#track(config, values, isPlain);
    this.#cork();
    const controlled = this.#track(controls.join('; '), undefined).then(
      () => undefined,
      (error: unknown) => error,
    );
    const [controlError, outcome] = await Promise.all([
      controlled,
      this.#track(config, values, isPlain).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      ),
    ]);
    if (controlError !== undefined) {
      // A statement whose BEGIN failed has run outside of any transaction: its result is worth nothing, and an
      // aborted transaction only repeats what the control has said first.
      this.#hasSessionState = true;
      throw controlError as Error;
    }
    if ('error' in outcome) throw outcome.error as Error;
    return outcome.result;
  }

  async #ask(
    input: QueryConfig | string,
    values: unknown[] | undefined,
    atLeast: Lsn | undefined,
    wantsPosition: boolean,
    isPlain = false,
  ): Promise<LaneAnswer> {
    this.#cork();
    const [before, result, after] = await Promise.allSettled([
      atLeast === undefined ? undefined : this.#track(POSITION_QUERY, undefined),
      this.#track(input, values, isPlain),
      wantsPosition ? this.#track(POSITION_QUERY, undefined) : undefined,
    ]);
    if (atLeast !== undefined) {
      if (before.status === 'rejected') throw before.reason;
      const position = positionIn(before.value as AnyResult);
      if (!position || position.lsn < atLeast)
        throw new StalePositionError(this.node.name, atLeast, position);
    }
    if (result.status === 'rejected') {
      if (isPlain || !(result.reason instanceof OutdatedPlanError)) throw result.reason;
      return this.#ask(input, values, atLeast, wantsPosition, true);
    }
    const position = after.status === 'fulfilled' && after.value ? positionIn(after.value) : undefined;
    return { result: result.value, position };
  }

  async #settleControls(controls: readonly string[]): Promise<void> {
    if (controls.length > 0) await this.#track(controls.join('; '), undefined).catch(() => undefined);
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onQuiet = resolve));
  }

  /** One packet for all that is written in this turn of the event loop. */
  #cork(): void {
    const { stream } = this.client.connection;
    stream.cork();
    process.nextTick(() => stream.uncork());
  }

  #track(config: QueryConfig | string, values: unknown[] | undefined, isPlain = false): Promise<AnyResult> {
    const { statements, answerDeadlineMs } = this.owner;
    const prepared = isPlain ? undefined : statements?.prepare(config, values);
    this.#inFlight += 1;
    return new Promise((resolve, reject) => {
      // A frozen server, or a link that swallows everything, never answers and breaks nothing.
      const timer = setTimeout(() => {
        this.#markLost(new Error(`no answer within ${answerDeadlineMs} ms`));
        this.destroy();
      }, answerDeadlineMs);
      const answered = (error: Error | null | undefined, result: AnyResult): void => {
        clearTimeout(timer);
        this.#inFlight -= 1;
        if (!error) {
          if (prepared) statements?.succeeded(prepared);
          resolve(result);
        } else reject(this.#explain(error, prepared));
        if (this.#inFlight === 0) this.#onQuiet?.();
      };
      // Made here, because the driver copies a configuration that it is given with all its descriptors.
      const query = new (Query as unknown as DriverQuery)(config, values, answered);
      if (prepared) query.name = prepared.name;
      this.client.query(query);
    });
  }

  #explain(error: Error, prepared: BookEntry | undefined): Error {
    if (prepared && this.owner.statements?.failed(prepared, error))
      return new OutdatedPlanError({ cause: error });
    if (!isConnectionFailure(error)) return error;
    this.#markLost(error);
    return new ConnectionLostError(this.node.name, { cause: this.#lost ?? error });
  }

  #markLost(error: Error): void {
    if (this.#lost) return;
    this.#lost = error;
    // One that we have closed ourselves says nothing about its node.
    if (!this.#isGivenUp) this.owner.onLost(error);
    this.#tellLost();
  }
}
