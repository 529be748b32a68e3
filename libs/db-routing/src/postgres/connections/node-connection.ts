import type { Clock } from '../../clock';
import type { PoolClient, QueryConfig, Submittable } from 'pg';
import { ConnectionLostError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import type { ClientWire, WireUser } from './wire/client-wire';
import type { NodeAnswer } from '../../engine/node-statement';
import type { LaneRead } from '../lanes/lane-read';
import type { ServerPosition } from '../../engine/position';
import { KEPT_POSITION_QUERY, positionIn } from '../position/position-query';
import { withoutQueryTimeout } from '../protocol/query-timeout';
import type { AnyResult } from '../protocol/query-types';
import { StatementSender } from './statement-sender';
import { Turns } from './turns';

/** How long a statement that was cancelled may go on. */
const STOP_DEADLINE_MS = 2000;
/** How long ReadyForQuery may be late. */
const STATUS_DEADLINE_MS = 1000;

/** How long ROLLBACK and DISCARD ALL may take before the connection is destroyed instead. */
const CLEANING_DEADLINE_MS = 2000;

/** Who checked the connection out. */
export interface ConnectionOwner {
  readonly clock: Clock;
  readonly isExpendable: boolean;
  /** Whether DISCARD ALL makes it as it was when it was opened; false where the application prepares each connection. */
  readonly isDiscardable: boolean;
  onLost(error: Error): void;
  onGivenUp(): void;
}

/**
 * One checked-out connection to one node. Statements run in the order in which they are given; several may be on the wire
 * at once. A connection goes back to its pool only when nothing is in flight and the server says it is idle
 * outside a transaction; every other one is destroyed.
 */
export class NodeConnection implements WireUser {
  #lost: Error | undefined;
  #isGivenUp = false;
  #hasBackendState = false;
  #isUnusable = false;
  #isLeaving = false;
  #hasCursor = false;
  /** A cursor has the connection to itself. */
  readonly #turns = new Turns();
  readonly #sender: StatementSender;
  #onLost: ((error: ConnectionLostError) => void)[] | undefined;
  #stopForwarding: () => void = () => undefined;
  readonly #onError: (error: Error) => void;

  constructor(
    readonly node: NodeAddress,
    private readonly wire: ClientWire,
    private readonly owner: ConnectionOwner,
  ) {
    this.#sender = new StatementSender(wire, this, this.#turns);
    this.#onError = (error) => this.#markLost(error);
    wire.client.on('error', this.#onError);
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
    (this.#onLost ??= []).push(callback);
    if (this.#lost) this.#tellLost();
  }

  #tellLost(): void {
    const told = this.#onLost ?? [];
    this.#onLost = undefined;
    for (const tell of told) tell(new ConnectionLostError(this.node.name, { cause: this.#lost }));
  }

  /** Calls back for what the server sends beside answers, until the connection is given up. */
  forward(tell: (event: 'notification' | 'notice', message: unknown) => void): void {
    const { client } = this.wire;
    const onNotification = (message: unknown) => tell('notification', message);
    const onNotice = (message: unknown) => tell('notice', message);
    client.on('notification', onNotification);
    client.on('notice', onNotice);
    this.#stopForwarding = () => {
      client.removeListener('notification', onNotification);
      client.removeListener('notice', onNotice);
    };
  }

  /** The driver's client, for those who know it. */
  get client(): PoolClient {
    return this.wire.client;
  }

  /** As the server said with its last answer. */
  get isInTransaction(): boolean {
    return this.wire.isInTransaction;
  }

  /** As the server said with this answer. */
  isInTransactionAfter(result: AnyResult): boolean {
    return this.wire.isInTransactionAfter(result);
  }

  /** Everything that was sent is answered. */
  get isQuiet(): boolean {
    return this.wire.inFlight === 0 && !this.#turns.isTaken;
  }

  /** A cursor has it to itself, until whoever reads it closes it. */
  get hasCursor(): boolean {
    return this.#hasCursor;
  }

  /** It was given back, or destroyed. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  get lost(): Error | undefined {
    return this.#lost;
  }

  /** The connection now carries state that the next borrower must not inherit. */
  markBackendState({ outlivesDiscard = false }: { readonly outlivesDiscard?: boolean | undefined }): void {
    this.#hasBackendState = true;
    if (outlivesDiscard) this.markUnusable();
  }

  /** The connection must not be used again, not even after DISCARD ALL. */
  markUnusable(): void {
    this.#isUnusable = true;
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
    if (!this.#turns.isTaken) return this.#sender.send(config, values, controls);
    return new Promise((resolve, reject) => {
      this.#turns.enqueue(() => void this.#sender.send(config, values, controls).then(resolve, reject));
    });
  }

  /**
   * Sends one statement outside of a transaction, in the same round trip the question how far the server's data reaches after it, and
   * before it where it must reach somewhere. Rejects like query(), and with StalePositionError.
   */
  ask(read: LaneRead): Promise<NodeAnswer> {
    const { input, values, atLeast, wantsPosition = false } = read;
    if (atLeast === undefined && !wantsPosition) {
      return this.query(input, values).then((result) => ({ result, position: undefined }));
    }
    return new Promise((resolve, reject) => {
      this.#turns.enqueue(() => void this.#sender.ask(read).then(resolve, reject));
    });
  }

  /** How far the server's data reaches; undefined where it cannot say. */
  async position(): Promise<ServerPosition | undefined> {
    return positionIn(await this.query(withoutQueryTimeout(KEPT_POSITION_QUERY), undefined));
  }

  /** Several simple statements in one round trip; resolves or rejects each on its own. */
  batch(statements: readonly (string | QueryConfig)[]): Promise<PromiseSettledResult<AnyResult>[]> {
    return new Promise((resolve) => {
      this.#turns.enqueue(() => {
        this.wire.cork();
        resolve(
          Promise.allSettled(statements.map((statement) => this.wire.send(this, statement, undefined))),
        );
      });
    });
  }

  /**
   * Gives the connection to a cursor or stream, alone, once what was sent before has been answered.
   * What comes behind waits until the cursor is closed. `onClosed` is called then.
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

  /** Cancels on the server what runs on this connection; nothing once it was given up, when it may be the next borrower's. */
  async cancel(): Promise<void> {
    if (!this.#isGivenUp) await this.wire.cancel();
  }

  /**
   * Cancels what runs, and calls `onStopped` when the server has had its say: a cancel request that came late would meet the next
   * borrower's statement. A server that does not stop in time loses the connection.
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

  /** Back to the pool once what was sent is answered. A cursor that its caller has not closed by then loses the connection. */
  releaseWhenQuiet(): void {
    const late = this.#hasCursor
      ? this.owner.clock.after(STATUS_DEADLINE_MS, () => this.destroy())
      : undefined;
    // Behind what waits for its turn.
    this.#turns.enqueue(() =>
      this.wire.onceQuiet(() => {
        late?.cancel();
        this.release();
      }),
    );
  }

  /**
   * Back to the pool as the next borrower expects it: an open transaction is rolled back, session state is discarded. Destroyed where that
   * cannot be done, and where something is in flight.
   */
  release(): void {
    if (this.#isGivenUp || this.#isLeaving) return;
    if (this.#lost || this.#isUnusable || this.wire.inFlight > 0) {
      this.destroy();
    } else if (this.wire.isReady) {
      this.#clean();
    } else {
      // A statement that failed has said so before the server tells what became of the transaction.
      const timer = this.owner.clock.after(STATUS_DEADLINE_MS, () => this.destroy());
      this.wire.client.once('drain', () => {
        timer.cancel();
        this.#clean();
      });
    }
  }

  #clean(): void {
    if (this.#isGivenUp) return;
    if (this.#lost || (this.#hasBackendState && !this.owner.isDiscardable)) {
      this.destroy();
      return;
    }
    const texts = this.wire.isInTransaction ? ['ROLLBACK'] : [];
    if (this.#hasBackendState) texts.push('DISCARD ALL');
    if (texts.length === 0) {
      this.#giveBack();
      return;
    }
    this.#isLeaving = true;
    const timer = this.owner.clock.after(CLEANING_DEADLINE_MS, () => this.destroy());
    void this.batch(texts).then((settled) => {
      timer.cancel();
      if (this.#hasBackendState) this.wire.forgetPrepared();
      const isClean = settled.every(({ status }) => status === 'fulfilled') && !this.wire.isInTransaction;
      if (isClean && !this.#lost) this.#giveBack();
      else this.destroy();
    });
  }

  #giveBack(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#stopForwarding();
    this.wire.client.removeListener('error', this.#onError);
    this.wire.client.release();
    this.owner.onGivenUp();
  }

  /** Closes the socket without waiting for anything that is in flight. */
  destroy(): void {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    this.#stopForwarding();
    // The error listener stays: a dying socket may still report one, twice even.
    this.wire.destroy();
    this.owner.onGivenUp();
  }

  /** For the wire. */
  onBroken(error: Error): Error {
    this.#markLost(error);
    return new ConnectionLostError(this.node.name, { cause: this.#lost ?? error });
  }

  /** For the wire. */
  onSilent(ms: number): void {
    this.#markLost(new Error(`no answer within ${ms} ms`));
    // It may be at work all the same: behind a pooler the server has no limit for what cannot be in a transaction block. And a pooler
    // passes a cancel request on only while the connection is there.
    void this.cancel().then(() => this.destroy());
  }

  #markLost(error: Error): void {
    if (this.#lost) return;
    this.#lost = error;
    // One that we have closed ourselves says nothing about its node.
    if (!this.#isGivenUp) this.owner.onLost(error);
    this.#tellLost();
  }
}
