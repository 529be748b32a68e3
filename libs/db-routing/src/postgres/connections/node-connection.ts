import type { PoolClient, QueryConfig, Submittable } from 'pg';
import type { Bagged } from '../../bag';
import type { ConnectionLostError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import type { ExclusiveAnswer } from '../../engine/node-statement';
import type { ServerPosition } from '../../engine/position';
import type { LaneRead } from '../lanes/lane-read';
import { KEPT_POSITION_QUERY, positionIn } from '../position/position-query';
import { withoutQueryTimeout } from '../protocol/query-timeout';
import type { AnyResult } from '../protocol/query-types';
import { ConnectionLoss } from './connection-loss';
import { ConnectionReturn, type ReturningConnection, type ReturnOwner } from './connection-return';
import type { ServerEvent } from './wire/client-events';
import type { ClientWire } from './wire/client-wire';
import type { WireUser } from './wire/wire-call';
import { StatementSender, type StatementUse } from './wire/statement-sender';
import { Turns } from './wire/turns';

/** How long a cancelled statement may run on. */
const STOP_DEADLINE_MS = 2000;

/** The pool that lends the connection. */
export interface ConnectionOwner extends ReturnOwner {
  readonly isExpendable: boolean;
  readonly isSingle: boolean;
  /** Called when the connection breaks before it is given up. */
  onLost(error: Error): void;
}

/**
 * An exclusive connection to one node, from checkout until it is given back. Statements run in the order in
 * which they are given, and several may be in flight. ConnectionReturn decides whether the next borrower gets
 * the connection.
 */
export class NodeConnection implements WireUser, ReturningConnection, Bagged {
  /** See Bagged. */
  at = 0;
  #hasCursor = false;
  readonly #turns = new Turns();
  readonly #loss: ConnectionLoss;
  readonly #sender: StatementSender;
  readonly #return: ConnectionReturn;

  constructor(
    readonly node: NodeAddress,
    private readonly wire: ClientWire,
    private readonly owner: ConnectionOwner,
  ) {
    this.#loss = new ConnectionLoss(node.name);
    wire.events.lend((error) => this.#markLost(error));
    this.#sender = new StatementSender(wire, this, { turns: this.#turns, isSingle: owner.isSingle });
    this.#return = new ConnectionReturn(this, { wire, turns: this.#turns, owner });
  }

  /**
   * Whether it serves an autocommit read, which can run elsewhere and so need not wait for a node in doubt.
   */
  get isExpendable(): boolean {
    return this.owner.isExpendable;
  }

  /** The driver's client. */
  get client(): PoolClient {
    return this.wire.client;
  }

  /** Whether a transaction is open, as the server reported with its last answer. */
  get isInTransaction(): boolean {
    return this.wire.isInTransaction;
  }

  /** Whether everything sent is answered, and nothing waits for its turn. */
  get isQuiet(): boolean {
    return this.wire.inFlight === 0 && !this.#turns.isTaken;
  }

  /** Whether a cursor has the connection to itself. */
  get hasCursor(): boolean {
    return this.#hasCursor;
  }

  /** Whether the connection was given back or destroyed. */
  get isGivenUp(): boolean {
    return this.#return.isGivenUp;
  }

  /** Why the connection was lost; undefined while it is not. */
  get lost(): Error | undefined {
    return this.#loss.cause;
  }

  /** Calls back once if the connection breaks while it is checked out, or at once if it is broken already. */
  onceLost(callback: (error: ConnectionLostError) => void): void {
    this.#loss.onceLost(callback);
  }

  /** Calls back with each notification and notice of the server until the connection is given up. */
  forward(tell: (event: ServerEvent, message: unknown) => void): void {
    this.wire.events.forward(tell);
  }

  /** The connection now carries state that the next borrower must not inherit. */
  markBackendState({ outlivesDiscard = false }: { readonly outlivesDiscard?: boolean | undefined }): void {
    this.#return.markBackendState();
    if (outlivesDiscard) this.markUnusable();
  }

  /** The next borrower must not get the connection, not even after DISCARD ALL. */
  markUnusable(): void {
    this.#return.markUnusable();
  }

  /**
   * Sends one statement, with `controls` (BEGIN, SAVEPOINT, …) before it in the same round trip. Throws
   * PostgreSQL's error when the server refuses the statement, and ConnectionLostError when the connection
   * breaks; KeptStatementError when its kept form may be at fault in a transaction that can run again.
   */
  query(
    config: QueryConfig | string,
    values: unknown[] | undefined,
    controls: readonly string[] = [],
    use?: StatementUse,
  ): Promise<AnyResult> {
    if (!this.#turns.isTaken) return this.#sender.send(config, values, controls, use);
    return new Promise((resolve, reject) => {
      this.#turns.enqueue(() => void this.#sender.send(config, values, controls, use).then(resolve, reject));
    });
  }

  /**
   * Sends one statement and asks for the server's position in the same round trip: before the statement if
   * `atLeast` is given, after it if `wantsPosition` is set. `opening`: the statements that have opened the
   * transaction in which this one is the first. Throws what query() throws, and StalePositionError when the
   * server does not prove that it has reached `atLeast`.
   */
  ask(read: LaneRead, opening?: readonly string[]): Promise<ExclusiveAnswer> {
    if (!this.#turns.isTaken) return this.#sender.ask(read, opening);
    return new Promise((resolve, reject) => {
      this.#turns.enqueue(() => void this.#sender.ask(read, opening).then(resolve, reject));
    });
  }

  /** The server's position; undefined while a replica has replayed nothing. */
  async position(): Promise<ServerPosition | undefined> {
    return positionIn(await this.query(withoutQueryTimeout(KEPT_POSITION_QUERY), undefined));
  }

  /** Sends several simple statements in one round trip; each resolves or rejects by itself. */
  batch(statements: readonly (string | QueryConfig)[]): Promise<PromiseSettledResult<AnyResult>[]> {
    return new Promise((resolve) => {
      this.#turns.enqueue(() => resolve(this.#sender.batch(statements)));
    });
  }

  /**
   * Gives a cursor or stream the connection to itself once everything sent before is answered. Later
   * statements wait until the cursor is closed; `onClosed` is called then.
   */
  submit(submittable: Submittable, controls: readonly string[], onClosed: () => void): void {
    this.#turns.enqueue(() => {
      const leave = this.#turns.take();
      this.#hasCursor = true;
      void this.#sender.settle(controls).then(() => {
        this.wire.submit(submittable, () => {
          this.#hasCursor = false;
          leave();
          onClosed();
        });
      });
    });
  }

  /** Cancels what runs. Does nothing once the connection is given up: the next borrower may use it. */
  async cancel(): Promise<void> {
    if (!this.isGivenUp) await this.wire.cancel();
  }

  /**
   * Cancels what runs, and calls `onStopped` once the server has answered everything: a late cancel request
   * would hit the next borrower's statement. Abandons the connection if the server does not stop in time.
   */
  stop(why: Error, onStopped: () => void): void {
    const timer = this.owner.clock.after(STOP_DEADLINE_MS, () => this.abandon(why));
    void this.cancel().then(() =>
      this.wire.onceQuiet(() => {
        timer.cancel();
        onStopped();
      }),
    );
  }

  /**
   * Releases the connection once everything sent is answered. Destroys it if a cursor on it is not closed in
   * time.
   */
  releaseWhenQuiet(): void {
    this.#return.releaseWhenQuiet();
  }

  /**
   * Gives the connection back as the next borrower expects it: rolls back an open transaction and discards
   * backend session state. Destroys the connection if that fails, or if something is in flight.
   */
  release(): void {
    this.#return.release();
  }

  /** Destroys the connection because of its node; statements in flight throw ConnectionLostError. */
  abandon(why: Error): void {
    this.#loss.record(why);
    this.destroy();
    this.#loss.tell();
  }

  /** Closes the socket without waiting for what is in flight. */
  destroy(): void {
    this.#return.destroy();
  }

  /** See WireUser. */
  onBroken(error: Error): Error {
    this.#markLost(error);
    return this.#loss.error;
  }

  /** See WireUser. */
  onSilent(ms: number): void {
    this.#markLost(new Error(`no answer within ${ms} ms`));
    // The statement may still run: behind a pooler, the server does not limit statements that cannot run in a
    // transaction block. And a pooler passes a cancel request on only while the connection is open.
    void this.cancel().then(() => this.destroy());
  }

  #markLost(error: Error): void {
    if (this.#loss.cause) return;
    this.#loss.record(error);
    // A connection that the library has closed says nothing about its node.
    if (!this.isGivenUp) this.owner.onLost(error);
    this.#loss.tell();
  }
}
