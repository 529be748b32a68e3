import type { EntityManager } from 'typeorm';
import type { TransactionManager } from '../transaction/manager';
import type { IsolationLevel } from '../engine/characteristics';
import { isolationLevelOf } from '../transaction/options';

/** Methods that read, decide and write. */
const UNITS_OF_WORK = ['save', 'remove', 'softRemove', 'recover'] as const;

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * The shared part of entity managers, made once: TypeORM makes a manager for every statement, the first one
 * before its DataSource is constructed.
 */
const prototypes = new WeakMap<TransactionManager, EntityManager>();

/**
 * Returns the manager with a `save()` (and its kin) and a `transaction()` that join managed transactions or
 * begin them.
 */
export function scopedManager(manager: EntityManager, transactions: TransactionManager): EntityManager {
  let prototype = prototypes.get(transactions);
  if (!prototype) {
    prototype = withScopes(Object.getPrototypeOf(manager) as EntityManager, transactions);
    prototypes.set(transactions, prototype);
  }
  return Object.setPrototypeOf(manager, prototype) as EntityManager;
}

/** Maps one of TypeORM's isolation levels to PostgreSQL's; undefined for an unknown level. */
export function isolationOf(level: unknown): IsolationLevel | undefined {
  return typeof level === 'string' ? isolationLevelOf(level) : undefined;
}

function withScopes(prototype: EntityManager, transactions: TransactionManager): EntityManager {
  const scoped = Object.create(prototype) as EntityManager;
  const define = (name: string, value: Method) =>
    Object.defineProperty(scoped, name, { value, configurable: true, writable: true });
  for (const method of UNITS_OF_WORK) {
    const original = Reflect.get(prototype, method) as Method;
    define(method, function (this: EntityManager, ...args) {
      const work = () => original.apply(this, args);
      // Part of the open transaction, or without one if the caller declined it.
      if (this.queryRunner || transactions.currentScope || declinesTransaction(args)) return work();
      // The reads that choose between INSERT and UPDATE, and the work of subscribers on their own
      // repositories, form one unit with the write.
      return transactions.run({ name: `EntityManager.${method}`, isImplicit: true }, work);
    });
  }
  const transaction = Reflect.get(prototype, 'transaction') as Method;
  define('transaction', function (this: EntityManager, ...args) {
    const { queryRunner } = this;
    // A query runner keeps to the transaction that it began by hand.
    const isByHand = queryRunner && (!transactions.currentScope || queryRunner.isReleased);
    if (isByHand) return transaction.apply(this, args);
    const isolation = isolationOf(args[0]);
    return transactions.run(
      {
        name: 'EntityManager.transaction',
        propagation: 'NESTED',
        isImplicit: true,
        ...(isolation && { isolation }),
      },
      // On a new query runner: that of the enclosing call represents the enclosing savepoint scope.
      () => transaction.apply(queryRunner ? queryRunner.dataSource.manager : this, args),
    );
  });
  return scoped;
}

/** Recognises `save(entity, { transaction: false })`; the options are the last argument. */
function declinesTransaction(args: readonly unknown[]): boolean {
  const options = args.length > 1 ? args.at(-1) : undefined;
  return typeof options === 'object' && options !== null && Reflect.get(options, 'transaction') === false;
}
