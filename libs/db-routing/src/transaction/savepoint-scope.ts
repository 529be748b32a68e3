import {
  TransactionEndedError,
  TransactionRolledBackError,
  TransactionScopeUnfinishedError,
} from '../errors';
import { Hooks } from './hooks';

interface Waiter {
  readonly start: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The root of a transaction, or one savepoint in it. The server keeps savepoints in a stack, so while a
 * nested savepoint scope is open, all other work of its parent waits its turn: otherwise a parallel statement
 * would silently become part of the nested savepoint and be undone with it.
 */
export class SavepointScope {
  readonly hooks = new Hooks();
  /** The first failure of a joined scope, whose half-done work must not be committed. */
  rollbackCause: { readonly scope: string; readonly error: unknown } | undefined;
  /** A stack of savepoints, each standing for a BEGIN that a client sent by hand. */
  readonly clientSavepoints: string[] = [];
  #child: SavepointScope | undefined;
  #waiters: Waiter[] = [];
  #closed: string | undefined;

  constructor(
    readonly name: string,
    /** Made for one call of the mapper, whose own BEGIN and COMMIT then apply to this savepoint scope. */
    readonly isImplicit: boolean,
  ) {}

  get outcome(): string | undefined {
    return this.#closed;
  }

  /** Runs `work` now, or after the nested savepoint scopes ahead of it have closed. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#child && this.#waiters.length === 0) return work();
    return new Promise<T>((resolve, reject) => {
      this.#waiters.push({ start: () => void work().then(resolve, reject), reject });
    });
  }

  /** Opens a nested savepoint scope and calls `begin` when its turn has come. */
  open(child: SavepointScope, begin: () => void): Promise<void> {
    const start = () => {
      this.#child = child;
      begin();
    };
    if (!this.#child && this.#waiters.length === 0) {
      start();
      return Promise.resolve();
    }
    return new Promise<void>((resolve, reject) => {
      this.#waiters.push({
        start: () => {
          start();
          resolve();
        },
        reject,
      });
    });
  }

  /** Starts the waiting work, in order, after a nested savepoint scope has closed. */
  childClosed(child: SavepointScope): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (let next = this.#waiters.shift(); next; next = this.#waiters.shift()) {
      next.start();
      // The work that has started may itself be a nested savepoint scope.
      if (this.#isBusy()) return;
    }
  }

  #isBusy(): boolean {
    return this.#child !== undefined;
  }

  /**
   * Throws TransactionScopeUnfinishedError when a nested savepoint scope is still open because it was not
   * awaited, and TransactionRolledBackError when a joined scope has failed.
   */
  assertCommittable(): void {
    if (this.#child) throw new TransactionScopeUnfinishedError(this.name, this.#child.name);
    const cause = this.rollbackCause;
    if (!cause) return;
    throw new TransactionRolledBackError(
      this.name,
      `the scope '${cause.scope}' that had joined it failed, although the error was caught later`,
      { cause: cause.error },
    );
  }

  /** Ends the savepoint scope. Waiting work rejects. */
  close(outcome: string, cause?: Error): void {
    this.#closed ??= outcome;
    // Usually no work is waiting, and capturing the stack of an error costs more than the rest of this
    // method.
    if (!this.#child && this.#waiters.length === 0) return;
    const error = cause ?? new TransactionEndedError(this.name, outcome);
    this.#child?.close(outcome, error);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}
