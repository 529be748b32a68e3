import { TransactionEndedError } from '../errors';
import type { HookName, TransactionOutcome } from './hooks';
import type { SavepointScope } from './savepoint-scope';
import type { Characteristics } from '../engine/characteristics';
import type { TransactionConnection } from './transaction-connection';

let transactionCount = 0;

/** One physical transaction. */
export class Transaction<S extends TransactionConnection> {
  /** Tells the transactions of this process apart, in logs. */
  readonly id = nextId();
  #failure: Error | undefined;
  #savepoints = 0;
  #fail: (error: Error) => void = () => undefined;
  /** Rejects when something outside its function, such as a timeout, ends the transaction; never resolves. */
  readonly failed: Promise<never>;

  constructor(
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

  /** Ends the transaction at once, on the server too. */
  fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.connection.abort(error);
    this.root.close('failed', error);
    this.#fail(error);
  }
}

function nextId(): string {
  transactionCount += 1;
  return `tx-${transactionCount}`;
}

/** What code inside a transaction may see of it and ask of it. */
export interface TransactionHandle {
  readonly id: string;
  /** The name of the calling scope; a nested scope has its own. */
  readonly name: string;
  readonly isolation: Characteristics['isolation'];
  readonly isReadOnly: boolean;
  /**
   * Adds a hook that runs inside the transaction, just before COMMIT. Its error is a veto: everything is
   * rolled back.
   */
  beforeCommit(hook: () => unknown): void;
  /**
   * Adds a hook that runs outside the transaction connection. Its error is reported and changes nothing; so
   * it is for the two below.
   */
  afterCommit(hook: () => unknown): void;
  afterRollback(hook: () => unknown): void;
  afterCompletion(hook: (outcome: TransactionOutcome) => unknown): void;
}

/** One run of a function inside a transaction: the run that began it, one that joined it, or a nested one. */
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

  /**
   * Throws TransactionEndedError when the scope, or what it is part of, has ended, and the error that ended
   * the transaction when something outside its function did.
   */
  assertUsable(): void {
    if (this.transaction.failure) throw this.transaction.failure;
    const outcome = this.#outcome ?? this.savepointScope.outcome ?? this.transaction.root.outcome;
    if (outcome !== undefined) throw new TransactionEndedError(this.name, outcome);
  }

  /**
   * Does `work` on the transaction connection, in its turn. Rejects with TransactionEndedError when the scope
   * has ended.
   */
  async use<T>(work: (connection: S) => Promise<T>): Promise<T> {
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
