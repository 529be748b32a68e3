import {
  DataSource,
  type DataSourceOptions,
  type EntityManager,
  type Migration,
  type QueryRunner,
} from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { ReplicationMode } from 'typeorm/driver/types/ReplicationMode.js';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { lendManager } from '../transaction/current';
import { poolOf } from './data-source-options';
import { mayGoDirectly, queryRawDirectly } from './direct-statement';
import { SavepointRunners } from './savepoint-runners';
import { type ManagedTransactions, RoutedQueryRunner } from './routed-query-runner';
import { asSchemaWork, isSchemaWork } from './schema-work';
import { isolationOf, scopedManager } from './scoped-manager';

/**
 * A DataSource on a RoutedPool. Everything that runs inside a managed transaction, or inside
 * `manager.transaction(…)`, belongs to it, whichever repository runs it, and query runners know the
 * transaction. Outside of one, `save()` and its kin begin one, so that the primary serves the reads by which
 * they choose between INSERT and UPDATE. Query runners of mode `master`, migrations and the schema builder
 * work on the primary; `find…`, query builders and `query()` are routed.
 */
export class RoutedDataSource extends DataSource {
  declare driver: PostgresDriver;
  readonly #runners = new SavepointRunners(() => this.#makeRunner('master'));
  readonly #managed: ManagedTransactions;

  constructor(options: DataSourceOptions) {
    super(options);
    const { transactions } = this.#pool;
    lendManager(this, transactions);
    const isolation = isolationOf(options.isolationLevel);
    if (isolation) transactions.useDefaultIsolation(isolation);
    this.#managed = {
      pool: this.#pool,
      manager: transactions,
      makeEntityManager: (runner) => this.createEntityManager(runner),
      willBeUsed: (scope) => (this.subscribers.length > 0 ? this.#runners.tellBegun(scope) : undefined),
    };
  }

  override createEntityManager(queryRunner?: QueryRunner): EntityManager {
    // TypeORM's constructor calls this before the fields of this class exist.
    return scopedManager(super.createEntityManager(queryRunner), poolOf(this.options).transactions);
  }

  override createQueryRunner(mode: ReplicationMode = 'master'): RoutedQueryRunner {
    const runner = this.#makeRunner(mode);
    const scope = this.#managed.manager.currentScope;
    // Only subscribers can tell the runners of a transaction apart.
    if (scope && (scope.savepointScope.isImplicit || this.subscribers.length > 0))
      this.#runners.join(runner, scope);
    return runner;
  }

  /** Routes the statement; TypeORM's own method would use a query runner of mode `master`. */
  override query<T>(
    query: string,
    parameters?: Parameters<DataSource['query']>[1],
    queryRunner?: QueryRunner,
  ): Promise<T> {
    if (queryRunner) return super.query<T>(query, parameters, queryRunner);
    const isInTransaction = this.#managed.manager.currentScope !== undefined;
    return !isSchemaWork() && mayGoDirectly(this, query, parameters, isInTransaction)
      ? queryRawDirectly<T>(this.#pool, query, parameters)
      : this.#queryWithRunner<T>(query, parameters);
  }

  override runMigrations(...args: Parameters<DataSource['runMigrations']>): Promise<Migration[]> {
    return asSchemaWork(() => super.runMigrations(...args));
  }

  override undoLastMigration(...args: Parameters<DataSource['undoLastMigration']>): Promise<void> {
    return asSchemaWork(() => super.undoLastMigration(...args));
  }

  override dropDatabase(): Promise<void> {
    return asSchemaWork(() => super.dropDatabase());
  }

  override synchronize(dropBeforeSync?: boolean): Promise<void> {
    return asSchemaWork(() => super.synchronize(dropBeforeSync));
  }

  async #queryWithRunner<T>(query: string, parameters: Parameters<DataSource['query']>[1]): Promise<T> {
    const own = this.createQueryRunner('slave');
    try {
      return await super.query<T>(query, parameters, own);
    } finally {
      await own.release();
    }
  }

  get #pool(): RoutedPool {
    return poolOf(this.options);
  }

  #makeRunner(mode: ReplicationMode): RoutedQueryRunner {
    return new RoutedQueryRunner(this.driver, mode, this.#managed);
  }
}
