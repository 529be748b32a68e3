import { AmbientKey } from '../ambient';
import { NoTransactionManagerError } from '../errors';
import type { TransactionManager } from './manager';
import type { TransactionOptions } from './options';
import type { TransactionHandle } from './scope';

/**
 * Decorators and free functions have no injector to ask. They use the manager that the request runs under (the Nest
 * module sets it), else the process's only one; with several, none is guessed.
 */
const openManagers = new Set<TransactionManager>();
const ambientManager = new AmbientKey<TransactionManager>('transaction-manager');

export function registerManager(manager: TransactionManager): () => void {
  openManagers.add(manager);
  return () => openManagers.delete(manager);
}

/** Everything that `fn` runs uses this manager, unless it names another. */
export function withManager<R>(manager: TransactionManager, fn: () => R): R {
  return ambientManager.run(manager, fn);
}

function resolveManager(): TransactionManager {
  const ambient = ambientManager.get();
  if (ambient) return ambient;
  const [only, ...others] = openManagers;
  if (!only || others.length > 0) throw new NoTransactionManagerError(openManagers.size);
  return only;
}

/** Where to run; needed only outside of requests, in a process that has several pools. */
export interface ManagerChoice {
  readonly manager?: TransactionManager;
}

/**
 * Runs `fn` in a transaction. Whatever repository, manager or pool method is called inside it, however deep, works on the
 * transaction's one connection. See TransactionManager.run for what it throws.
 */
export function runInTransaction<T>(fn: () => T | Promise<T>): Promise<T>;
export function runInTransaction<T>(
  options: TransactionOptions & ManagerChoice,
  fn: () => T | Promise<T>,
): Promise<T>;
export async function runInTransaction<T>(
  optionsOrFn: (TransactionOptions & ManagerChoice) | (() => T | Promise<T>),
  maybeFn?: () => T | Promise<T>,
): Promise<T> {
  if (typeof optionsOrFn === 'function') return resolveManager().run({}, optionsOrFn);
  const { manager, ...options } = optionsOrFn;
  return (manager ?? resolveManager()).run(options, maybeFn as () => T | Promise<T>);
}

/** The transaction that the calling code runs in; undefined outside of one, and after it has ended. */
export function currentTransaction(): TransactionHandle | undefined {
  const ambient = ambientManager.get();
  for (const manager of ambient ? [ambient] : openManagers) {
    const scope = manager.currentScope;
    if (!scope) continue;
    try {
      scope.assertUsable();
      return scope;
    } catch {
      return undefined;
    }
  }
  return undefined;
}
