import { AmbientKey, type AmbientValue } from '../ambient';
import { ConfigurationError, NoTransactionManagerError } from '../errors';
import type { TransactionManager } from './manager';
import type { TransactionOptions } from './options';
import type { TransactionHandle } from './scope';

/** The name that stands for the pool without a name, as in @nestjs/typeorm. */
export const DEFAULT_NAME = 'default';

/**
 * Decorators and free functions have no injector to ask. They use the manager that they name; else the one
 * that the request runs under (the Nest module sets it), the only one of the process, or that of the pool
 * without a name. When there is none of these, they throw instead of guessing.
 */
const openManagers = new Set<TransactionManager>();
const namedManagers = new Map<string, Set<TransactionManager>>();
/** Pools and data sources, which callers may pass instead of a name. */
const managersOf = new WeakMap<object, TransactionManager>();
const ambientManager = new AmbientKey<TransactionManager>('transaction-manager');

export function registerManager(manager: TransactionManager): () => void {
  openManagers.add(manager);
  return () => {
    openManagers.delete(manager);
    for (const managers of namedManagers.values()) managers.delete(manager);
  };
}

/** Makes `{ dataSource: name }` mean this manager until its pool ends. */
export function nameManager(name: string, manager: TransactionManager): void {
  const managers = namedManagers.get(name) ?? new Set();
  namedManagers.set(name, managers.add(manager));
}

/** Makes `{ dataSource: owner }` mean this manager. */
export function lendManager(owner: object, manager: TransactionManager): void {
  managersOf.set(owner, manager);
}

/** A value for ambientWith(): what runs with it uses this manager unless it names another. */
export function ambientlyManagedBy(manager: TransactionManager): AmbientValue {
  return ambientManager.with(manager);
}

/** Chooses the pool, in a process that has several. */
export interface ManagerChoice {
  readonly manager?: TransactionManager;
  /**
   * A data source or pool, or its name. Default: the pool of the request, the only pool, or the pool without
   * a name.
   */
  readonly dataSource?: string | object;
}

function resolveManager({ manager, dataSource }: ManagerChoice): TransactionManager {
  if (manager) return manager;
  const ambient = ambientManager.get();
  if (typeof dataSource === 'string') {
    const named = namedManagers.get(dataSource);
    // A process may have several applications: the manager of the current request comes first.
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
 * Runs `fn` in a transaction. Every repository, manager or pool method that it calls, however deep, works on
 * the transaction connection. Throws NoTransactionManagerError when it is not clear which pool is meant,
 * ConfigurationError when `dataSource` is not on a RoutedPool, and what TransactionManager.run() throws.
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
 * Returns the transaction that the calling code runs in; undefined outside of one, and after it has ended. Of
 * transactions on several pools, that of the request's pool comes first.
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
