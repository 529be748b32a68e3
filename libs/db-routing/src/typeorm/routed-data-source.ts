import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { driverOn, type RoutedDriver } from '../pool/driver';
import type { RoutedPool } from '../pool/routed-pool';
import type { TransactionManager } from '../transaction/manager';
import type { IsolationLevel } from '../transaction/options';

/** Every option of TypeORM's PostgreSQL driver except where the database is. */
export type RoutedDataSourceOptions = Omit<
  PostgresDataSourceOptions,
  'type' | 'driver' | 'replication' | 'url' | 'host' | 'port' | 'username' | 'password' | 'database'
>;

/**
 * Options of a DataSource whose statements go through the pool. TypeORM is handed it by its documented `driver` option (a
 * constructor may return an object), so nothing of TypeORM is patched and its own `replication` is not used.
 */
export function routedDataSourceOptions(
  pool: RoutedPool,
  options: RoutedDataSourceOptions,
): PostgresDataSourceOptions {
  // Extensions are made by migrations, whose role may; a service's may not.
  return { installExtensions: false, ...options, type: 'postgres', driver: driverOn(pool) };
}

/** Methods that read, decide and write: one unit, whose reads must not be older than its writes. */
const UNITS_OF_WORK = ['save', 'remove', 'softRemove', 'recover', 'transaction'] as const;

/**
 * A DataSource in which `save()` and its kin are scopes of their own: inside a transaction a savepoint, so that one that fails
 * and is caught leaves the transaction usable; outside of one a transaction, so that what they read to decide
 * between INSERT and UPDATE comes from the primary. What runs inside `manager.transaction(…)` belongs to it, by
 * whatever repository it is called.
 */
export class RoutedDataSource extends DataSource {
  override createEntityManager(queryRunner?: QueryRunner): EntityManager {
    const { driver } = this.options as { driver?: Partial<RoutedDriver> };
    const transactions = driver?.routedPool?.transactions;
    if (!transactions) {
      throw new TypeError('RoutedDataSource needs the options made by routedDataSourceOptions()');
    }
    const manager = super.createEntityManager(queryRunner);
    let scoped = scopedPrototypes.get(transactions);
    if (!scoped) {
      scoped = withScopes(Object.getPrototypeOf(manager) as EntityManager, transactions);
      scopedPrototypes.set(transactions, scoped);
    }
    return Object.setPrototypeOf(manager, scoped) as EntityManager;
  }
}

/** TypeORM makes a manager for every statement, the first before its DataSource is constructed: what they share is made once. */
const scopedPrototypes = new WeakMap<TransactionManager, EntityManager>();

type Method = (...args: unknown[]) => Promise<unknown>;

function withScopes(prototype: EntityManager, transactions: TransactionManager): EntityManager {
  const scoped = Object.create(prototype) as EntityManager;
  for (const method of UNITS_OF_WORK) {
    const original = Reflect.get(prototype, method) as Method;
    const value = function (this: EntityManager, ...args: unknown[]): Promise<unknown> {
      // A query runner with a transaction begun by hand keeps to it.
      if (this.queryRunner && !transactions.currentScope) return original.apply(this, args);
      const isolation = method === 'transaction' ? isolationOf(args[0]) : undefined;
      return transactions.run(
        {
          name: `EntityManager.${method}`,
          propagation: 'NESTED',
          isImplicit: true,
          ...(isolation && { isolation }),
        },
        () => original.apply(this, args),
      );
    };
    Object.defineProperty(scoped, method, { value, configurable: true, writable: true });
  }
  return scoped;
}

/** PostgreSQL's READ UNCOMMITTED is READ COMMITTED. */
function isolationOf(argument: unknown): IsolationLevel | undefined {
  if (typeof argument !== 'string') return undefined;
  return argument === 'READ UNCOMMITTED' ? 'READ COMMITTED' : (argument as IsolationLevel);
}
