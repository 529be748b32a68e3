import { TransactionEndedError } from '../errors';
import type { HookName, TransactionOutcome } from './hooks';
import type { SavepointScope } from './savepoint-scope';
import type { Characteristics } from '../engine/characteristics';
import type { TransactionConnection } from './transaction-connection';

/** One physical transaction. */
export class Transaction<S extends TransactionConnection> {
  #failure: Error | undefined;
  #savepoints = 0;
  #fail: (error: Error) => void = () => undefined;
  /** Rejects when the transaction is ended from outside its function (a timeout); never resolves. */
  readonly failed: Promise<never>;

  constructor(
    readonly id: string,
    readonly characteristics: Characteristics,
    readonly connection: S,
    readonly root: SavepointScope,
  ) {
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => undefined);
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  nextSavepoint(): string {
    this.#savepoints += 1;
    return `scope_${this.#savepoints}`;
  }

  /** Ends it at once, on the server too. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.connection.abort(error);
    this.root.close('failed', error);
    this.#fail(error);
  }
}

/** What the code that runs inside a transaction may see of it, and ask of it. */
export interface TransactionHandle {
  readonly id: string;
  /** Of the scope that asks; a nested scope has its own. */
  readonly name: string;
  readonly isolation: Characteristics['isolation'];
  readonly isReadOnly: boolean;
  /** Runs inside the transaction, just before COMMIT. An error is a veto: everything is rolled back. */
  beforeCommit(hook: () => unknown): void;
  /** Runs outside the transaction's connection. An error is reported and changes nothing, as for the two below. */
  afterCommit(hook: () => unknown): void;
  afterRollback(hook: () => unknown): void;
  afterCompletion(hook: (outcome: TransactionOutcome) => unknown): void;
}

/** One run of a function inside a transaction: the one that began it, one that joined, or a nested one. */
export class Scope<S extends TransactionConnection> implements TransactionHandle {
  #outcome: string | undefined;

  constructor(
    readonly transaction: Transaction<S>,
    readonly savepointScope: SavepointScope,
    readonly name: string,
  ) {}

  get id(): string {
    return this.transaction.id;
  }

  get isolation(): Characteristics['isolation'] {
    return this.transaction.characteristics.isolation;
  }

  get isReadOnly(): boolean {
    return this.transaction.characteristics.readOnly;
  }

  /** Throws when the scope, or what it is part of, has ended. */
  assertUsable(): void {
    if (this.transaction.failure) throw this.transaction.failure;
    const outcome = this.#outcome ?? this.savepointScope.outcome ?? this.transaction.root.outcome;
    if (outcome !== undefined) throw new TransactionEndedError(this.name, outcome);
  }

  /** Does something on the transaction's connection, in its turn. Rejects with TransactionEndedError afterwards. */
  async use<T>(work: (session: S) => Promise<T>): Promise<T> {
    this.assertUsable();
    return this.savepointScope.run(() => work(this.transaction.connection));
  }

  end(outcome: string): void {
    this.#outcome ??= outcome;
  }

  beforeCommit(hook: () => unknown): void {
    this.#addHook('beforeCommit', hook);
  }

  afterCommit(hook: () => unknown): void {
    this.#addHook('afterCommit', hook);
  }

  afterRollback(hook: () => unknown): void {
    this.#addHook('afterRollback', hook);
  }

  afterCompletion(hook: (outcome: TransactionOutcome) => unknown): void {
    this.#addHook('afterCompletion', hook);
  }

  #addHook(name: HookName, hook: (outcome: TransactionOutcome) => unknown): void {
    this.assertUsable();
    this.savepointScope.hooks.add(name, hook);
  }
}
