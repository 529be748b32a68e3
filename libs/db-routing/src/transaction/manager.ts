import { AmbientKey } from '../ambient';
import { type Clock, pause, type Random } from '../clock';
import type { EngineErrors } from '../engine/engine';
import {
  CommitOutcomeUnknownError,
  ConfigurationError,
  RequestAbortedError,
  TransactionTimeoutError,
} from '../errors';
import { causesOf } from '../errors/causes';
import { characteristicsOf } from './characteristics-of';
import { enterable } from './compatibility';
import type { HookName, TransactionOutcome } from './hooks';
import { SavepointScope } from './savepoint-scope';
import type { Characteristics, IsolationLevel } from '../engine/characteristics';
import type { TransactionOptions } from './options';
import { actionFor } from './propagation';
import { retryDelayMs } from './retry';
import { Scope, Transaction } from './scope';
import type { ConnectionFactory, TransactionConnection, TransactionRun } from './transaction-connection';

export interface TransactionManagerOptions<S extends TransactionConnection> {
  readonly openConnection: ConnectionFactory<S>;
  readonly clock: Clock;
  readonly random: Random;
  readonly errors: Pick<EngineErrors, 'isRetryable'>;
  /** Limit for every transaction that names none, in milliseconds. */
  readonly defaultTimeoutMs: number;
  /** May change what a transaction begins with, where its scope left that open. */
  readonly characterise?: (asked: Characteristics) => Characteristics;
  /**
   * Watches the limits of the request that a transaction runs for. Calls `fail` when one is exceeded; the
   * returned function ends the watch.
   */
  readonly watch?: (fail: (error: Error) => void) => (() => void) | undefined;
  /** Receives the errors of hooks that run after the outcome, which they can no longer change. */
  readonly onHookError: (error: unknown, hook: HookName, transaction: string) => void;
}

/** `isImplicit`: see SavepointScope. */
type InternalOptions = TransactionOptions & { readonly isImplicit?: boolean };

/** Runs functions in transactions and knows the transaction of the calling code. */
export class TransactionManager<S extends TransactionConnection = TransactionConnection> {
  readonly #scope = new AmbientKey<Scope<S>>('transaction');

  #defaultIsolation: IsolationLevel | undefined;

  constructor(private readonly options: TransactionManagerOptions<S>) {}

  /**
   * Sets the isolation level of every transaction that names none. Throws ConfigurationError when another
   * caller has set another level.
   */
  useDefaultIsolation(level: IsolationLevel): void {
    const known = this.#defaultIsolation ?? level;
    if (known !== level) {
      const limit = `another data source of the same pool has ${known}; a pool has one default`;
      throw new ConfigurationError('isolationLevel', level, limit);
    }
    this.#defaultIsolation = level;
  }

  /** The scope that the calling code runs in, ended or not. */
  get currentScope(): Scope<S> | undefined {
    return this.#scope.get();
  }

  /**
   * Runs `fn` as the options say. Resolves with its result after COMMIT, and rejects with its error after
   * ROLLBACK. Throws TransactionPropagationError when the propagation forbids `fn` to run here,
   * TransactionOptionsError when the options contradict the open transaction, TransactionTimeoutError when
   * the transaction takes too long, TransactionRolledBackError when a joined scope or the server has made it
   * roll back, TransactionScopeUnfinishedError when `fn` did not await a nested scope, TransactionEndedError
   * when the open transaction is already over, and CommitOutcomeUnknownError when the answer to COMMIT or the
   * position of the commit was lost.
   */
  async run<T>(options: InternalOptions, fn: () => T | Promise<T>): Promise<T> {
    const name = options.name ?? (fn.name === '' ? 'anonymous' : fn.name);
    const open = this.#scope.get();
    const chosen = actionFor(options.propagation ?? 'REQUIRED', name, open?.name);
    switch (chosen) {
      case 'begin':
        return this.#beginWithRetry(options, name, fn);
      case 'suspend':
        return this.#scope.run(undefined, async () => fn());
      case 'run-without':
        return fn();
      case 'join':
        return this.#join(enterable(open, options, name), name, fn);
      case 'nest':
        return this.#nest(enterable(open, options, name), options, name, fn);
    }
  }

  async #beginWithRetry<T>(options: InternalOptions, name: string, fn: () => T | Promise<T>): Promise<T> {
    const attempts = options.retry?.attempts ?? 1;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#begin(options, { isRepeatable: attempt === 1 && attempts > 1 }, name, fn);
      } catch (error) {
        if (!options.retry || attempt >= attempts || !this.#isRetryable(error)) throw error;
        const { clock, random } = this.options;
        await pause(clock, retryDelayMs(options.retry, attempt, random));
      }
    }
  }

  #isRetryable(error: unknown): boolean {
    return [...causesOf(error)].some((cause) => this.options.errors.isRetryable(cause));
  }

  async #begin<T>(
    options: InternalOptions,
    run: TransactionRun,
    name: string,
    fn: () => T | Promise<T>,
  ): Promise<T> {
    const asked = characteristicsOf(options, name, this.#defaultIsolation);
    const characteristics = this.options.characterise?.(asked) ?? asked;
    const root = new SavepointScope(name, options.isImplicit ?? false);
    const connection = this.options.openConnection(characteristics, run);
    const transaction = new Transaction(characteristics, connection, root);
    const scope = new Scope(transaction, root, name);
    const timeoutMs = options.timeoutMs ?? this.options.defaultTimeoutMs;
    const timer = this.options.clock.after(
      timeoutMs,
      () => transaction.fail(new TransactionTimeoutError(name, timeoutMs)),
      { keepAlive: false },
    );
    let isCommitting = false;
    const unwatch = this.options.watch?.((error) => {
      // A client that disconnects now changes nothing any more: what follows COMMIT needs its outcome.
      if (!(isCommitting && error instanceof RequestAbortedError)) transaction.fail(error);
    });
    connection.onLost((error) => transaction.fail(error));
    const report = this.#reportFor(name);
    let outcome: TransactionOutcome = 'rolled-back';
    try {
      const work = this.#scope.run(scope, async () => {
        const result = await fn();
        // Before the hooks as well: work that was not awaited is an error of the function.
        root.assertCommittable();
        await root.hooks.runBeforeCommit();
        root.assertCommittable();
        return result;
      });
      const result = await Promise.race([work, transaction.failed]);
      scope.end('committed');
      root.close('committed');
      isCommitting = true;
      await connection.commit();
      outcome = 'committed';
      return result;
    } catch (error) {
      if (error instanceof CommitOutcomeUnknownError) outcome = 'unknown';
      else await this.#scope.run(scope, () => root.hooks.runBeforeUndo(report));
      scope.end(outcome);
      root.close(outcome);
      await connection.rollback();
      throw error;
    } finally {
      timer.cancel();
      unwatch?.();
      await this.#scope.run(undefined, () => root.hooks.runAfter(outcome, report));
    }
  }

  async #join<T>(open: Scope<S>, name: string, fn: () => T | Promise<T>): Promise<T> {
    const { savepointScope, transaction } = open;
    const scope = new Scope(transaction, savepointScope, name);
    try {
      return await this.#scope.run(scope, async () => fn());
    } catch (error) {
      // As in Spring: a caller that catches the error does not make the half-done work fit to commit.
      if (!transaction.characteristics.readOnly) savepointScope.rollbackCause ??= { scope: name, error };
      throw error;
    } finally {
      scope.end('the scope was left');
    }
  }

  async #nest<T>(
    open: Scope<S>,
    options: InternalOptions,
    name: string,
    fn: () => T | Promise<T>,
  ): Promise<T> {
    const { transaction, savepointScope: parent } = open;
    const { connection } = transaction;
    const savepoint = transaction.nextSavepoint();
    const savepointScope = new SavepointScope(name, options.isImplicit ?? false);
    await parent.open(savepointScope, () => connection.savepoint(savepoint));
    const scope = new Scope(transaction, savepointScope, name);
    const report = this.#reportFor(name);
    let isUndone = false;
    try {
      const result = await this.#scope.run(scope, async () => fn());
      savepointScope.assertCommittable();
      scope.assertUsable();
      savepointScope.close('kept');
      connection.releaseSavepoint(savepoint);
      parent.hooks.adopt(savepointScope.hooks);
      return result;
    } catch (error) {
      isUndone = true;
      await this.#scope.run(scope, () => savepointScope.hooks.runBeforeUndo(report));
      savepointScope.close('rolled back to its savepoint');
      connection.rollbackToSavepoint(savepoint);
      throw error;
    } finally {
      parent.childClosed(savepointScope);
      // Only now: work of these hooks in the enclosing scope would wait for this one to close.
      if (isUndone) await savepointScope.hooks.runAfterUndo(report);
    }
  }

  #reportFor(name: string): (error: unknown, hook: HookName) => void {
    return (error, hook) => this.options.onHookError(error, hook, name);
  }
}
