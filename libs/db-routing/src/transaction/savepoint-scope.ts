import { TransactionEndedError, TransactionScopeUnfinishedError } from '../errors';
import { Hooks } from './hooks';

interface Waiter {
  readonly start: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The root of a transaction, or one savepoint in it. Savepoints form a stack on the server, so while a nested savepoint scope is
 * open, everything else that the savepoint scope wants to do waits its turn: otherwise a parallel statement would silently
 * become part of the savepoint, and go with it.
 */
export class SavepointScope {
  readonly hooks = new Hooks();
  /** The first failure of a joined scope: what it left half done must not be committed. */
  rollbackCause: { readonly scope: string; readonly error: unknown } | undefined;
  /** Savepoints that stand for a BEGIN that a client sent by hand; a stack. */
  readonly clientSavepoints: string[] = [];
  #child: SavepointScope | undefined;
  #waiters: Waiter[] = [];
  #closed: string | undefined;

  constructor(
    readonly name: string,
    /** Made for one call of the mapper, whose own BEGIN and COMMIT then mean this savepoint scope. */
    readonly isImplicit: boolean,
  ) {}

  get outcome(): string | undefined {
    return this.#closed;
  }

  /** Runs `work` now, or once the nested savepoint scopes before it have closed. */
  run<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#child && this.#waiters.length === 0) return work();
    return new Promise<T>((resolve, reject) => {
      this.#waiters.push({ start: () => void work().then(resolve, reject), reject });
    });
  }

  /** Opens a nested savepoint scope; `begin` is called when its turn has come. */
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

  /** The nested savepoint scope has closed: whoever waited goes on, in order. */
  childClosed(child: SavepointScope): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (let next = this.#waiters.shift(); next; next = this.#waiters.shift()) {
      next.start();
      // The one that has started may be a nested savepoint scope itself.
      if (this.#isBusy()) return;
    }
  }

  #isBusy(): boolean {
    return this.#child !== undefined;
  }

  /** Throws when a nested savepoint scope is still open: it was not awaited. */
  assertFinished(): void {
    if (this.#child) throw new TransactionScopeUnfinishedError(this.name, this.#child.name);
  }

  /** Nothing may use it from now on. */
  close(outcome: string, cause?: Error): void {
    this.#closed ??= outcome;
    // Nearly always nobody is left who would want the error, and its stack costs more than all the rest of this.
    if (!this.#child && this.#waiters.length === 0) return;
    const error = cause ?? new TransactionEndedError(this.name, outcome);
    this.#child?.close(outcome, error);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}
