import { AmbientKey } from '../ambient';
import { ConfigurationError, NoTransactionManagerError } from '../errors';
import type { TransactionManager } from './manager';
import type { TransactionOptions } from './options';
import type { TransactionHandle } from './scope';

/** The name of what has none, as in @nestjs/typeorm. */
export const DEFAULT_NAME = 'default';

/**
 * Decorators and free functions have no injector to ask. They use the manager that they name; else the one that the request runs under (the
 * Nest module sets it), the process's only one, or that of the pool without a name; else none is guessed.
 */
const openManagers = new Set<TransactionManager>();
const namedManagers = new Map<string, Set<TransactionManager>>();
/** Pools and data sources, which may be named by what they are. */
const managersOf = new WeakMap<object, TransactionManager>();
const ambientManager = new AmbientKey<TransactionManager>('transaction-manager');

export function registerManager(manager: TransactionManager): () => void {
  openManagers.add(manager);
  return () => {
    openManagers.delete(manager);
    for (const managers of namedManagers.values()) managers.delete(manager);
  };
}

/** From now on `{ dataSource: name }` means this manager, until its pool ends. */
export function nameManager(name: string, manager: TransactionManager): void {
  const managers = namedManagers.get(name) ?? new Set();
  namedManagers.set(name, managers.add(manager));
}

/** From now on `{ dataSource: owner }` means this manager. */
export function lendManager(owner: object, manager: TransactionManager): void {
  managersOf.set(owner, manager);
}

/** Everything that `fn` runs uses this manager, unless it names another. */
export function withManager<R>(manager: TransactionManager, fn: () => R): R {
  return ambientManager.run(manager, fn);
}

/** Where to run, in a process that has several pools. */
export interface ManagerChoice {
  readonly manager?: TransactionManager;
  /** The name of a data source or pool, or one itself. Default: the pool without a name. */
  readonly dataSource?: string | object;
}

function resolveManager({ manager, dataSource }: ManagerChoice): TransactionManager {
  if (manager) return manager;
  const ambient = ambientManager.get();
  if (typeof dataSource === 'string') {
    const named = namedManagers.get(dataSource);
    // A process may have several applications: the request says which it is of.
    const found = ambient && named?.has(ambient) ? ambient : onlyOne(dataSource);
    if (found) return found;
    throw new NoTransactionManagerError(named?.size ?? 0, dataSource);
  }
  if (dataSource) {
    const found = managersOf.get(dataSource);
    if (found) return found;
    throw new ConfigurationError('dataSource', dataSource.constructor.name, 'is not on a RoutedPool');
  }
  if (ambient) return ambient;
  const [single, ...others] = openManagers;
  if (single && others.length === 0) return single;
  const unnamed = onlyOne(DEFAULT_NAME);
  if (unnamed) return unnamed;
  throw new NoTransactionManagerError(openManagers.size);
}

function onlyOne(name: string): TransactionManager | undefined {
  const [first, ...others] = namedManagers.get(name) ?? [];
  return others.length === 0 ? first : undefined;
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
  if (typeof optionsOrFn === 'function') return resolveManager({}).run({}, optionsOrFn);
  const { manager, dataSource, ...options } = optionsOrFn;
  return resolveManager({ ...(manager && { manager }), ...(dataSource !== undefined && { dataSource }) }).run(
    options,
    maybeFn as () => T | Promise<T>,
  );
}

/**
 * The transaction that the calling code runs in; undefined outside of one, and after it has ended. Of transactions on several pools, that of
 * the request's pool.
 */
export function currentTransaction(): TransactionHandle | undefined {
  const ambient = ambientManager.get();
  for (const manager of new Set([...(ambient ? [ambient] : []), ...openManagers])) {
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
