import type { QueryRunner } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { ReplicationMode } from 'typeorm/driver/types/ReplicationMode.js';
import { RoutedClient } from '../postgres/pool/client/routed-client';
import type { SavepointScope } from '../transaction/savepoint-scope';
import type { TransactionManager } from '../transaction/manager';
import type { Scope } from '../transaction/scope';
import type { TransactionConnection } from '../transaction/transaction-connection';
import { SavepointBroadcaster } from './savepoint-broadcaster';
import { isSchemaWork } from './schema-work';

type Isolation = Parameters<QueryRunner['startTransaction']>[0];

/** What a query runner asks about the managed transaction that its caller is in. */
export interface ManagedTransactions {
  readonly manager: TransactionManager;
  /** A statement is about to be sent in the scope; resolves when subscribers know that a transaction has begun. Undefined: they do. */
  willBeUsed(scope: Scope<TransactionConnection>): Promise<void> | undefined;
}

/**
 * TypeORM's query runner, which knows its transaction: inside a managed one `isTransactionActive` is true, so that pessimistic locks
 * work and `save()` begins nothing of its own. In mode `master`, TypeORM's default, all its statements go to the primary.
 */
export class RoutedQueryRunner extends PostgresQueryRunner {
  /** TypeORM's own note: a transaction was begun by this runner. */
  declare hasBegun: boolean;
  readonly #managed: ManagedTransactions;
  readonly #isUnlimited = isSchemaWork();
  /** Stands for this savepoint scope of a managed transaction: until that has ended it serves subscribers, though its maker has released it. */
  #savepointScope: SavepointScope | undefined;
  #mayBegin = false;
  /** Its maker has released it. */
  #isLetGo = false;
  #hasLiftedLimits = false;

  constructor(driver: PostgresDriver, mode: ReplicationMode, managed: ManagedTransactions) {
    super(driver, mode);
    this.#managed = managed;
  }

  /** The managed transaction that the calling code is in, if this runner has none of its own. */
  get isInManaged(): boolean {
    const scope = this.#scope;
    return scope !== undefined && !(this.#mayBegin && this.#savepointScope === scope.savepointScope);
  }

  /** A client that is bound to a connection of its own stays there. */
  get #scope(): Scope<TransactionConnection> | undefined {
    const client: unknown = this.databaseConnection;
    const isBound = client instanceof RoutedClient && typeof client.processID === 'number';
    return isBound ? undefined : this.#managed.manager.currentScope;
  }

  /** The runner of a savepoint scope: `mayBegin` where its START TRANSACTION and COMMIT are the savepoint scope's own. */
  standFor(savepointScope: SavepointScope, mayBegin: boolean): void {
    this.#savepointScope = savepointScope;
    this.#mayBegin = mayBegin;
    if (mayBegin) this.broadcaster = new SavepointBroadcaster(this, savepointScope, true);
    savepointScope.hooks.add('ended', () => this.#leave());
  }

  /** One runner of several in a savepoint scope: subscribers see that of the savepoint scope, and its `data`. */
  follow(leader: RoutedQueryRunner): void {
    this.broadcaster = leader.broadcaster;
    Object.defineProperty(this, 'data', {
      get: () => leader.data,
      set: (data: object) => (leader.data = data),
      configurable: true,
    });
  }

  /** TypeORM calls it before every statement. */
  override connect(): Promise<unknown> {
    const scope = this.#scope;
    // What a subscriber does by the runner of its event is part of what it was told of.
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

  /** TypeORM calls it before it changes the schema. */
  override async beforeMigration(): Promise<void> {
    this.#hasLiftedLimits = true;
    await super.beforeMigration();
  }

  override async startTransaction(isolationLevel?: Isolation): Promise<void> {
    const scope = this.hasBegun ? undefined : this.#scope;
    if (!scope) return super.startTransaction(isolationLevel);
    if (!this.#mayBegin) this.#standAlone(scope.savepointScope);
    // The level that the data source asks for by default is for transactions that begin; this one has.
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

  /** BEGIN by hand inside a managed transaction: what it does is its own, as are its events. */
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

// TypeORM declares a property, and its constructors assign it; what is true changes with the caller.
Object.defineProperty(RoutedQueryRunner.prototype, 'isTransactionActive', {
  get(this: RoutedQueryRunner) {
    return this.hasBegun || this.isInManaged;
  },
  set(this: RoutedQueryRunner, hasBegun: boolean) {
    this.hasBegun = hasBegun;
  },
});
