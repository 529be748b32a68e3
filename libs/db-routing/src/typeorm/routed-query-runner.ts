import type { EntityManager, QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { ReplicationMode } from 'typeorm/driver/types/ReplicationMode.js';
import { RoutedClient } from '../postgres/pool/client/routed-client';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import type { SavepointScope } from '../transaction/savepoint-scope';
import type { TransactionManager } from '../transaction/manager';
import type { Scope } from '../transaction/scope';
import type { TransactionConnection } from '../transaction/transaction-connection';
import { mayGoDirectly, queryDirectly, queryRawDirectly } from './direct-statement';
import { SavepointBroadcaster } from './savepoint-broadcaster';
import { isSchemaWork } from './schema-work';

type QueryParameters = Parameters<PostgresQueryRunner['query']>[1];
type Isolation = Parameters<QueryRunner['startTransaction']>[0];

/** What a query runner asks about the managed transaction of its caller. */
export interface ManagedTransactions {
  readonly pool: RoutedPool;
  readonly manager: TransactionManager;
  /** The entity manager of a query runner; most are never asked for. */
  makeEntityManager(runner: QueryRunner): EntityManager;
  /**
   * Call this before a statement is sent in the scope. Resolves when subscribers know that a transaction has
   * begun; undefined when they know already.
   */
  willBeUsed(scope: Scope<TransactionConnection>): Promise<void> | undefined;
}

/**
 * TypeORM's query runner, aware of its transaction: inside a managed one `isTransactionActive` is true, so
 * that pessimistic locks work and `save()` begins no transaction itself. In mode `master`, TypeORM's default,
 * all its statements go to the primary.
 */
export class RoutedQueryRunner extends PostgresQueryRunner {
  /** TypeORM's own flag: this runner has begun a transaction. */
  declare hasBegun: boolean;
  readonly #managed: ManagedTransactions;
  readonly #isUnlimited = isSchemaWork();
  /**
   * The savepoint scope of a managed transaction that the runner represents. Until the scope has ended,
   * subscribers use the runner, even if its maker has released it.
   */
  #savepointScope: SavepointScope | undefined;
  #mayBegin = false;
  /** Set when the runner's maker has released it. */
  #isLetGo = false;
  #hasLiftedLimits = false;
  #manager: EntityManager | undefined;

  static {
    // TypeORM declares a property, which it sets with every query runner.
    Object.defineProperty(this.prototype, 'manager', {
      get(this: RoutedQueryRunner) {
        return (this.#manager ??= this.#managed.makeEntityManager(this));
      },
      set(this: RoutedQueryRunner, manager: EntityManager) {
        this.#manager = manager;
      },
    });
  }

  constructor(driver: PostgresDriver, mode: ReplicationMode, managed: ManagedTransactions) {
    super(driver, mode);
    this.#managed = managed;
  }

  /** Whether the calling code is in a managed transaction and this runner has begun none itself. */
  get isInManaged(): boolean {
    const scope = this.#scope;
    return scope !== undefined && !(this.#mayBegin && this.#savepointScope === scope.savepointScope);
  }

  /** A bound client keeps its exclusive connection, so the managed transaction does not apply to it. */
  get #scope(): Scope<TransactionConnection> | undefined {
    const client: unknown = this.databaseConnection;
    const isBound = client instanceof RoutedClient && typeof client.processID === 'number';
    return isBound ? undefined : this.#managed.manager.currentScope;
  }

  /**
   * Makes this the runner of a savepoint scope. `mayBegin`: its START TRANSACTION and COMMIT are those of the
   * savepoint scope.
   */
  standFor(savepointScope: SavepointScope, mayBegin: boolean): void {
    this.#savepointScope = savepointScope;
    this.#mayBegin = mayBegin;
    if (mayBegin) this.broadcaster = new SavepointBroadcaster(this, savepointScope, true);
    savepointScope.hooks.add('ended', () => this.#leave());
  }

  /** Makes this one of several runners in a savepoint scope: subscribers see the leader and its `data`. */
  follow(leader: RoutedQueryRunner): void {
    this.broadcaster = leader.broadcaster;
    Object.defineProperty(this, 'data', {
      get: () => leader.data,
      set: (data: object) => (leader.data = data),
      configurable: true,
    });
  }

  /** TypeORM calls this before every statement. */
  override connect(): Promise<unknown> {
    const scope = this.#scope;
    // The statements of a subscriber on the runner of its event belong to that event, so they notify no one.
    const telling =
      scope && !this.hasBegun && !this.#savepointScope ? this.#managed.willBeUsed(scope) : undefined;
    return telling ? telling.then(() => this.#connect()) : this.#connect();
  }

  #connect(): Promise<unknown> {
    if (this.mode !== 'master') return super.connect();
    return super.connect().then((client: unknown) => {
      if (!(client instanceof RoutedClient)) return client;
      if (this.#isUnlimited || this.#hasLiftedLimits) client.useUnlimitedPrimary();
      else client.usePrimary();
      return client;
    });
  }

  override query<T>(query: string, parameters?: QueryParameters, useStructuredResult?: boolean): Promise<T> {
    if (!this.#mayGoDirectly(query, parameters)) {
      return super.query(query, parameters, useStructuredResult) as Promise<T>;
    }
    const { pool } = this.#managed;
    return useStructuredResult === true
      ? (queryDirectly(pool, query, parameters) as Promise<T>)
      : queryRawDirectly<T>(pool, query, parameters);
  }

  /** Whether the runner has, and needs, no client of its own. */
  #mayGoDirectly(query: string, parameters: unknown): parameters is unknown[] | undefined {
    // TypeORM's declaration leaves out that there is none at first.
    const client = this.databaseConnectionPromise as Promise<unknown> | undefined;
    if (client !== undefined || this.isReleased || this.hasBegun || this.#savepointScope) return false;
    if (this.#isUnlimited || this.#hasLiftedLimits) return false;
    const isInTransaction = this.#managed.manager.currentScope !== undefined;
    if (!isInTransaction && this.mode === 'master') return false;
    return mayGoDirectly(this.dataSource, query, parameters, isInTransaction);
  }

  /** TypeORM calls this before it changes the schema. */
  override async beforeMigration(): Promise<void> {
    this.#hasLiftedLimits = true;
    await super.beforeMigration();
  }

  override async startTransaction(isolationLevel?: Isolation): Promise<void> {
    const scope = this.hasBegun ? undefined : this.#scope;
    if (!scope) return super.startTransaction(isolationLevel);
    if (!this.#mayBegin) this.#standAlone(scope.savepointScope);
    // The data source's default level applies to transactions that begin; this one has begun.
    const hasDefault = this.dataSource.options.isolationLevel !== undefined;
    return super.startTransaction(isolationLevel ?? (hasDefault ? scope.isolation : undefined));
  }

  override release(): Promise<void> {
    if (!this.#savepointScope) return super.release();
    this.#isLetGo = true;
    const { connectedQueryRunners } = this.driver;
    const index = connectedQueryRunners.indexOf(this);
    if (index !== -1) connectedQueryRunners.splice(index, 1);
    return Promise.resolve();
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    if (this.hasBegun) await super[Symbol.asyncDispose]();
    else await this.release();
  }

  /**
   * Separates a runner that sends BEGIN by hand inside a managed transaction: its data and its events are its
   * own.
   */
  #standAlone(savepointScope: SavepointScope): void {
    Object.defineProperty(this, 'data', { value: this.data, writable: true, configurable: true });
    this.broadcaster = new SavepointBroadcaster(this, savepointScope, false, () =>
      this.standFor(savepointScope, false),
    );
  }

  async #leave(): Promise<void> {
    this.#savepointScope = undefined;
    if (this.#isLetGo) await super.release();
  }
}

// TypeORM declares a property that its constructors assign; the true value depends on the calling code.
Object.defineProperty(RoutedQueryRunner.prototype, 'isTransactionActive', {
  get(this: RoutedQueryRunner) {
    return this.hasBegun || this.isInManaged;
  },
  set(this: RoutedQueryRunner, hasBegun: boolean) {
    this.hasBegun = hasBegun;
  },
});
