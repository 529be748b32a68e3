import type { Clock } from '../../clock';
import type { AnyResult } from '../protocol/query-types';
import type { ClientWire } from './wire/client-wire';
import type { Turns } from './wire/turns';

/** How late ReadyForQuery, or the end of a cursor, may be. */
const STATUS_DEADLINE_MS = 1000;
/** How long ROLLBACK and DISCARD ALL may take before the connection is destroyed instead. */
const CLEANING_DEADLINE_MS = 2000;

/** The pool that a connection returns to. */
export interface ReturnOwner {
  readonly clock: Clock;
  /**
   * Whether DISCARD ALL restores a connection as it was opened; false if the application prepares each
   * connection.
   */
  readonly isDiscardable: boolean;
  /** Called when the connection is given back or destroyed. */
  onGivenUp(): void;
}

/** The connection that returns. */
export interface ReturningConnection {
  readonly lost: Error | undefined;
  readonly hasCursor: boolean;
  batch(statements: readonly string[]): Promise<PromiseSettledResult<AnyResult>[]>;
  release(): void;
  destroy(): void;
}

/** What the connection is made of. */
export interface ReturnParts {
  readonly wire: ClientWire;
  readonly turns: Turns;
  readonly owner: ReturnOwner;
}

/**
 * The end of a checkout. A connection returns to its pool only if nothing is in flight, the server reports
 * that it is idle outside a transaction, and no backend session state is left. Every other connection is
 * destroyed.
 */
export class ConnectionReturn {
  #isGivenUp = false;
  #hasBackendState = false;
  #isUnusable = false;
  #isCleaning = false;

  constructor(
    private readonly connection: ReturningConnection,
    private readonly parts: ReturnParts,
  ) {}

  /** Whether the connection was given back or destroyed. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** The connection needs DISCARD ALL before it goes back. */
  markBackendState(): void {
    this.#hasBackendState = true;
  }

  /** The connection must not go back. */
  markUnusable(): void {
    this.#isUnusable = true;
  }

  /** See NodeConnection.releaseWhenQuiet. */
  releaseWhenQuiet(): void {
    const { connection } = this;
    const { wire, turns, owner } = this.parts;
    const late = connection.hasCursor
      ? owner.clock.after(STATUS_DEADLINE_MS, () => connection.destroy())
      : undefined;
    // What waits for its turn goes first.
    turns.enqueue(() =>
      wire.onceQuiet(() => {
        late?.cancel();
        connection.release();
      }),
    );
  }

  /** See NodeConnection.release. */
  release(): void {
    const { connection } = this;
    const { wire, owner } = this.parts;
    if (this.#isGivenUp || this.#isCleaning) return;
    if (connection.lost || this.#isUnusable || wire.inFlight > 0) {
      connection.destroy();
    } else if (wire.isReady) {
      this.#clean();
    } else {
      // A statement's error arrives before ReadyForQuery, which tells what became of the transaction.
      const timer = owner.clock.after(STATUS_DEADLINE_MS, () => connection.destroy());
      wire.client.once('drain', () => {
        timer.cancel();
        this.#clean();
      });
    }
  }

  /** See NodeConnection.destroy. */
  destroy(): void {
    if (!this.#giveUp()) return;
    const { wire, owner } = this.parts;
    // The error listener stays: a dying socket may report an error, even twice.
    wire.destroy();
    owner.onGivenUp();
  }

  #clean(): void {
    const { connection } = this;
    const { wire, owner } = this.parts;
    if (this.#isGivenUp) return;
    if (connection.lost || (this.#hasBackendState && !owner.isDiscardable)) {
      connection.destroy();
      return;
    }
    const texts = wire.isInTransaction ? ['ROLLBACK'] : [];
    if (this.#hasBackendState) texts.push('DISCARD ALL');
    if (texts.length === 0) {
      this.#giveBack();
      return;
    }
    this.#isCleaning = true;
    const timer = owner.clock.after(CLEANING_DEADLINE_MS, () => connection.destroy());
    void connection.batch(texts).then((settled) => {
      timer.cancel();
      if (this.#hasBackendState) wire.forgetPrepared();
      const isClean = settled.every(({ status }) => status === 'fulfilled') && !wire.isInTransaction;
      if (isClean && !connection.lost) this.#giveBack();
      else connection.destroy();
    });
  }

  #giveBack(): void {
    if (!this.#giveUp()) return;
    const { wire, owner } = this.parts;
    wire.events.takeBack();
    wire.client.release();
    owner.onGivenUp();
  }

  /** Returns whether the connection was still checked out. */
  #giveUp(): boolean {
    if (this.#isGivenUp) return false;
    this.#isGivenUp = true;
    this.parts.wire.events.stopForwarding();
    return true;
  }
}
