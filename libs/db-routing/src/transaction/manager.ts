import { AmbientKey } from '../ambient';
import { type Clock, pause, type Random } from '../clock';
import type { EngineErrors } from '../engine/engine';
import {
  CommitOutcomeUnknownError,
  ConfigurationError,
  RequestAbortedError,
  TransactionRolledBackError,
  TransactionTimeoutError,
} from '../errors';
import { causesOf } from '../errors/causes';
import { assertCompatible } from './compatibility';
import type { HookName, TransactionOutcome } from './hooks';
import { SavepointScope } from './savepoint-scope';
import type { Characteristics, IsolationLevel } from '../engine/characteristics';
import type { TransactionOptions } from './options';
import { actionFor } from './propagation';
import { retryDelayMs } from './retry';
import { Scope, Transaction } from './scope';
import type { ConnectionFactory, TransactionConnection } from './transaction-connection';

export interface TransactionManagerOptions<S extends TransactionConnection> {
  readonly openConnection: ConnectionFactory<S>;
  readonly clock: Clock;
  readonly random: Random;
  readonly errors: Pick<EngineErrors, 'isRetryable'>;
  /** Limit for every transaction that names none, in milliseconds. */
  readonly defaultTimeoutMs: number;
  /** May change what a transaction is begun with, where its scope left that open. */
  readonly characterise?: (asked: Characteristics) => Characteristics;
  /** Watches what limits the request that a transaction runs for; the result ends the watch. */
  readonly watch?: (fail: (error: Error) => void) => (() => void) | undefined;
  /** Errors of hooks that run after the outcome: they can change nothing any more, but must not be lost. */
  readonly onHookError: (error: unknown, hook: HookName, transaction: string) => void;
}

/** `isImplicit`: see SavepointScope. */
type InternalOptions = TransactionOptions & { readonly isImplicit?: boolean };

let transactionCount = 0;

/** Runs functions in transactions and knows which one the calling code belongs to. */
export class TransactionManager<S extends TransactionConnection = TransactionConnection> {
  readonly #scope = new AmbientKey<Scope<S>>('transaction');

  #defaultIsolation: IsolationLevel | undefined;

  constructor(private readonly options: TransactionManagerOptions<S>) {}

  /** For every transaction that names no isolation. Throws ConfigurationError when something else has asked for another one. */
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
   * Runs `fn` as the options say. Resolves with its result after COMMIT, rejects with its error after ROLLBACK.
   * Throws TransactionPropagationError, TransactionOptionsError, TransactionTimeoutError, TransactionRolledBackError,
   * TransactionScopeUnfinishedError, CommitOutcomeUnknownError.
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
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#begin(options, name, fn);
      } catch (error) {
        if (!options.retry || attempt >= options.retry.attempts || !this.#isRetryable(error)) throw error;
        const { clock, random } = this.options;
        await pause(clock, retryDelayMs(options.retry, attempt, random));
      }
    }
  }

  #isRetryable(error: unknown): boolean {
    return [...causesOf(error)].some((cause) => this.options.errors.isRetryable(cause));
  }

  async #begin<T>(options: InternalOptions, name: string, fn: () => T | Promise<T>): Promise<T> {
    const asked = characteristicsOf(options, name, this.#defaultIsolation);
    const characteristics = this.options.characterise?.(asked) ?? asked;
    const root = new SavepointScope(name, options.isImplicit ?? false);
    const transaction = new Transaction(
      nextId(),
      characteristics,
      this.options.openConnection(characteristics),
      root,
    );
    const { connection: session } = transaction;
    const scope = new Scope(transaction, root, name);
    const timeoutMs = options.timeoutMs ?? this.options.defaultTimeoutMs;
    const timer = this.options.clock.after(
      timeoutMs,
      () => transaction.fail(new TransactionTimeoutError(name, timeoutMs)),
      { keepAlive: false },
    );
    let isCommitting = false;
    const unwatch = this.options.watch?.((error) => {
      // A client that goes away now changes nothing any more: what follows a COMMIT needs its outcome.
      if (!(isCommitting && error instanceof RequestAbortedError)) transaction.fail(error);
    });
    session.onLost((error) => transaction.fail(error));
    const report = this.#reportFor(name);
    let outcome: TransactionOutcome = 'rolled-back';
    try {
      const work = this.#scope.run(scope, async () => {
        const result = await fn();
        // Before the hooks too: what was not awaited is an error of the function.
        assertCommittable(root);
        await root.hooks.runBeforeCommit();
        assertCommittable(root);
        return result;
      });
      const result = await Promise.race([work, transaction.failed]);
      scope.end('committed');
      root.close('committed');
      isCommitting = true;
      await session.commit();
      outcome = 'committed';
      return result;
    } catch (error) {
      if (error instanceof CommitOutcomeUnknownError) outcome = 'unknown';
      else await this.#scope.run(scope, () => root.hooks.runBeforeUndo(report));
      scope.end(outcome);
      root.close(outcome);
      await session.rollback();
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
      // As Spring does: what a failed scope left half done is not committed because a caller caught the error.
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
    const { connection: session } = transaction;
    const savepoint = transaction.nextSavepoint();
    const savepointScope = new SavepointScope(name, options.isImplicit ?? false);
    await parent.open(savepointScope, () => session.savepoint(savepoint));
    const scope = new Scope(transaction, savepointScope, name);
    const report = this.#reportFor(name);
    let isUndone = false;
    try {
      const result = await this.#scope.run(scope, async () => fn());
      assertCommittable(savepointScope);
      scope.assertUsable();
      savepointScope.close('kept');
      session.releaseSavepoint(savepoint);
      parent.hooks.adopt(savepointScope.hooks);
      return result;
    } catch (error) {
      isUndone = true;
      await this.#scope.run(scope, () => savepointScope.hooks.runBeforeUndo(report));
      savepointScope.close('rolled back to its savepoint');
      session.rollbackToSavepoint(savepoint);
      throw error;
    } finally {
      parent.childClosed(savepointScope);
      // Only now: what they do in the enclosing scope would wait for this one.
      if (isUndone) await savepointScope.hooks.runAfterUndo(report);
    }
  }

  #reportFor(name: string): (error: unknown, hook: HookName) => void {
    return (error, hook) => this.options.onHookError(error, hook, name);
  }
}

/** The open scope, if a scope of these options may become part of it. */
function enterable<S extends TransactionConnection>(
  open: Scope<S> | undefined,
  options: TransactionOptions,
  name: string,
): Scope<S> {
  const scope = open as Scope<S>;
  scope.assertUsable();
  assertCompatible(name, options, scope.transaction.characteristics);
  return scope;
}

function assertCommittable(savepointScope: SavepointScope): void {
  savepointScope.assertFinished();
  const cause = savepointScope.rollbackCause;
  if (cause) {
    throw new TransactionRolledBackError(
      savepointScope.name,
      `the scope '${cause.scope}' that had joined it failed, although the error was caught later`,
      { cause: cause.error },
    );
  }
}

function characteristicsOf(
  options: TransactionOptions,
  name: string,
  defaultIsolation: IsolationLevel | undefined,
): Characteristics {
  const isolation = options.isolation ?? defaultIsolation;
  const readOnly = options.readOnly ?? false;
  return {
    name,
    isolation: isolation ?? 'READ COMMITTED',
    isIsolationOpen: isolation === undefined,
    readOnly,
    deferrable: options.deferrable ?? false,
    durability: options.durability,
    issuesToken: !readOnly && options.issuesToken !== false,
  };
}

function nextId(): string {
  transactionCount += 1;
  return `tx-${transactionCount}`;
}
