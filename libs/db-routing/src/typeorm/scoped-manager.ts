import type { EntityManager } from 'typeorm';
import type { TransactionManager } from '../transaction/manager';
import type { IsolationLevel } from '../engine/characteristics';
import { isolationLevelOf } from '../transaction/options';

/** Methods that read, decide and write. */
const UNITS_OF_WORK = ['save', 'remove', 'softRemove', 'recover'] as const;

type Method = (...args: unknown[]) => Promise<unknown>;

/** TypeORM makes a manager for every statement, the first before its DataSource is constructed: what they share is made once. */
const prototypes = new WeakMap<TransactionManager, EntityManager>();

/** The manager, whose `save()` and its kin, and `transaction()`, belong to managed transactions or begin them. */
export function scopedManager(manager: EntityManager, transactions: TransactionManager): EntityManager {
  let prototype = prototypes.get(transactions);
  if (!prototype) {
    prototype = withScopes(Object.getPrototypeOf(manager) as EntityManager, transactions);
    prototypes.set(transactions, prototype);
  }
  return Object.setPrototypeOf(manager, prototype) as EntityManager;
}

/** One of TypeORM's isolation levels, as PostgreSQL has it; undefined for what is none. */
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
      // Part of the transaction that there is, or without any where that was asked for.
      if (this.queryRunner || transactions.currentScope || declinesTransaction(args)) return work();
      // What it reads to decide between INSERT and UPDATE, and what subscribers do by their own repositories, is one unit with what it writes.
      return transactions.run({ name: `EntityManager.${method}`, isImplicit: true }, work);
    });
  }
  const transaction = Reflect.get(prototype, 'transaction') as Method;
  define('transaction', function (this: EntityManager, ...args) {
    const { queryRunner } = this;
    // A query runner with a transaction begun by hand keeps to it.
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
      // By a query runner of its own: that of the enclosing one stands for the enclosing savepoint scope.
      () => transaction.apply(queryRunner ? queryRunner.dataSource.manager : this, args),
    );
  });
  return scoped;
}

/** `save(entity, { transaction: false })`; the options are the last argument. */
function declinesTransaction(args: readonly unknown[]): boolean {
  const options = args.length > 1 ? args.at(-1) : undefined;
  return typeof options === 'object' && options !== null && Reflect.get(options, 'transaction') === false;
}
