import {
  Pool,
  type QueryArrayConfig,
  type QueryArrayResult,
  type QueryConfig,
  type QueryConfigValues,
  type QueryResult,
  type QueryResultRow,
  Query,
  type Submittable,
} from 'pg';
import { PoolEndedError } from '../../errors';
import type { Position } from '../../engine/position';
import type { ConsistencyTokens } from '../position/consistency-tokens';
import type { RouteExplanation, RuleCount } from '../../routing/explain';
import type { RoutingRule } from '../../routing/rules/rule-schema';
import { StatementClassifier } from '../classify/classifier';
import type { NodeAddress } from '../../engine/node-address';
import type { TopologySnapshot } from '../../cluster/topology/snapshot';
import { lendManager } from '../../transaction/current';
import type { TransactionManager } from '../../transaction/manager';
import { withCallersStack } from './client/callers-stack';
import { type ClientHost, RoutedClient } from './client/routed-client';
import { adoptCallback, failSubmittable } from './statements/submittable';
import { followNode } from '../settings/connection-settings';
import {
  pgPoolConfig,
  type ResolvedOptions,
  resolveOptions,
  type RoutedPoolOptions,
} from './options/options';
import type { PostgresTransaction } from './transactions/postgres-transaction';
import { defineCounts } from './pool-counts';
import type { PoolEvent, PoolListener, RoutedPoolEvents } from './pool-events';
import { PoolParts } from './pool-parts';
import {
  type AnyResult,
  asError,
  assertQuery,
  callBack,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  splitArguments,
} from '../protocol/query-types';
import type { NodePoolStats } from '../../engine/node-connections';
import type { ExplainContext } from '../../routing/router';

type ConnectCallback = (
  error: Error | undefined,
  client: RoutedClient | undefined,
  release: (reason?: Error | boolean) => void,
) => void;

/** How long end() waits for clients to be released. */
const CLIENTS_DEADLINE_MS = 5_000;

/**
 * node-postgres' `Pool`, with a primary and any number of streaming replicas behind it. Whatever speaks to a `pg.Pool` is
 * routed without knowing it: writes and everything inside a transaction to the primary, other reads to fit replicas.
 */
export class RoutedPool extends Pool {
  readonly transactions: TransactionManager<PostgresTransaction>;
  readonly #parts: PoolParts;
  readonly #host: ClientHost;
  readonly #settings: ResolvedOptions;
  #hasStarted = false;
  /** Found before the application could listen. */
  readonly #warnings: Error[] = [];

  private constructor(options: ResolvedOptions) {
    super(pgPoolConfig(options));
    this.#settings = options;
    this.#parts = new PoolParts(options, this);
    const { nodes, statements, statementsInUse, transactions } = this.#parts;
    followNode(
      this.options,
      () => this.topology.primary?.address ?? (options.target.nodes[0] as NodeAddress),
    );
    nodes.on('warning', (error) => this.#warn(error));
    this.transactions = transactions;
    lendManager(this, transactions);
    this.#host = {
      statements,
      settings: this.options,
      inUse: statementsInUse,
      onReleased: (client, reason) => this.#released(client, reason),
    };
  }

  /**
   * Makes the pool and waits until one node can be used; nodes that are down stop nobody. Throws ConfigurationError, or
   * DatabaseUnreachableError after `startTimeoutMs`.
   */
  static async start(options: RoutedPoolOptions): Promise<RoutedPool> {
    const resolved = resolveOptions(options);
    await StatementClassifier.load();
    const pool = new RoutedPool(resolved);
    try {
      await pool.#parts.nodes.start();
      await pool.#parts.catalog.start();
    } catch (error) {
      await pool.end();
      throw error;
    }
    pool.#hasStarted = true;
    // The caller of start() listens before this runs.
    for (const error of pool.#warnings.splice(0)) setImmediate(() => pool.emit('warning', error));
    return pool;
  }

  #warn(error: Error): void {
    if (this.#hasStarted) this.emit('warning', error);
    else {
      this.#warnings.push(error);
      this.#settings.onWaiting(error.message);
    }
  }

  /** What is known of the nodes, as of the last probe. */
  get topology(): TopologySnapshot {
    return this.#parts.nodes.topology;
  }

  /** Made of the option `consistencyTokens`. */
  get consistencyTokens(): ConsistencyTokens | undefined {
    return this.#settings.consistencyTokens;
  }

  /** How far this process has written through the pool; undefined until it has. A session may begin there. */
  get writtenPosition(): Position | undefined {
    return this.#parts.ownSession.position;
  }

  /** Asks every node now; whoever asks meanwhile shares the answers. */
  refreshTopology(): Promise<void> {
    return this.#parts.nodes.probeNow();
  }

  /** The connections to each node that has been used, at this moment. */
  get stats(): readonly NodePoolStats[] {
    return this.#parts.nodes.stats;
  }

  /** As in node-postgres. Inside a managed transaction the statement runs there; otherwise it is routed. */
  override query<T extends Submittable>(submittable: T): T;
  override query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryArrayResult<R>>;
  override query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryResult<R>>;
  override query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    callback: (error: Error | undefined, result: QueryArrayResult<R>) => void,
  ): void;
  override query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    callback: (error: Error | undefined, result: QueryResult<R>) => void,
  ): void;
  override query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values: QueryConfigValues<I> | undefined,
    callback: (error: Error | undefined, result: QueryResult<R>) => void,
  ): void;
  override query(
    input: QueryInput | QueryCallback,
    valuesOrCallback?: unknown[] | QueryCallback,
    maybeCallback?: QueryCallback,
  ): Promise<unknown> | Submittable | undefined {
    if (typeof input === 'function') {
      refuseFunction(input);
      return undefined;
    }
    const [values, callback] = splitArguments(input, valuesOrCallback, maybeCallback);
    if (isSubmittable(input)) return this.#submit(input, callback);
    const result = this.#run(input, values);
    if (!callback) return result;
    callBack(result, callback, undefined);
    return undefined;
  }

  /**
   * As in node-postgres; the client takes a connection only when a statement needs one, so that nothing is waited for here.
   * Rejects with PoolEndedError.
   */
  override connect(): Promise<RoutedClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<RoutedClient> | undefined {
    const client = this.ending ? undefined : this.#lend();
    if (!callback) return client ? Promise.resolve(client) : Promise.reject(new PoolEndedError());
    process.nextTick(
      callback,
      client ? undefined : new PoolEndedError(),
      client,
      (reason?: Error | boolean) => client?.release(reason),
    );
    return undefined;
  }

  override on<K extends keyof RoutedPoolEvents>(
    event: K,
    listener: (...args: RoutedPoolEvents[K]) => void,
  ): this;
  override on<K extends PoolEvent>(event: K, listener: PoolListener<K>): this;
  override on(event: string, listener: (...args: never[]) => void): this {
    return super.on(event as PoolEvent, listener as PoolListener<PoolEvent>);
  }

  /**
   * Replaces the routing rules, all at once; statements under way keep theirs. Throws ConfigurationError, and the old rules stay, when
   * one of them cannot work.
   */
  useRules(rules: readonly RoutingRule[]): void {
    this.#parts.router.useRules(rules);
  }

  /** How often each rule has held since the rules were set, and rules on trial would have changed something. */
  get ruleCounts(): readonly RuleCount[] {
    return this.#parts.router.counts;
  }

  /**
   * Where a statement would go at this moment, and why; nothing is sent. `context` stands in for the calling code's own
   * attributes. Never throws: what is not SQL goes to the primary too.
   */
  explainRoute(sql: string, context: ExplainContext = {}): RouteExplanation {
    return this.#parts.router.explain(
      this.#parts.classifier.classify(sql),
      context,
      this.topology,
      this.#parts.execution.choice.context,
    );
  }

  /**
   * Reads again what functions, views and tables there are, to understand statements by. What is changed through this pool is known
   * without it, what is changed elsewhere after `catalogRefreshMs`.
   */
  refreshCatalog(): Promise<void> {
    return this.#parts.catalog.refresh();
  }

  /**
   * As in node-postgres: what was given before is answered, clients are waited for (five seconds at most), then every connection is closed. To
   * be called once.
   */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: (error?: Error) => void): Promise<void> | undefined {
    const ended = this.ending ? Promise.reject(new Error('Called end on pool more than once')) : this.#end();
    if (!callback) return ended;
    ended.then(
      () => process.nextTick(callback),
      (error: unknown) => process.nextTick(callback, error),
    );
    return undefined;
  }

  async #end(): Promise<void> {
    // node-postgres' own flags, which only its declarations call read-only.
    Object.assign(this, { ending: true });
    this.#parts.catalog.end();
    await this.#parts.statementsInUse.quiet(this.#settings.statementTimeoutMs);
    await this.#parts.clientsInUse.quiet(CLIENTS_DEADLINE_MS);
    this.#parts.unregister();
    await this.#parts.nodes.end();
    Object.assign(this, { ended: true });
  }

  async #run(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    assertQuery(input);
    if (this.#isOver) throw new PoolEndedError();
    const { statements, statementsInUse } = this.#parts;
    statementsInUse.enter();
    const client = this.#lendForEvents();
    try {
      const result = await statements.query(input, values);
      client?.release();
      return result;
    } catch (error) {
      client?.release(error as Error);
      throw withCallersStack(error);
    } finally {
      statementsInUse.leave();
    }
  }

  #submit(submittable: Submittable, callback: QueryCallback | undefined): Submittable | Promise<unknown> {
    let answer: Promise<unknown> | undefined;
    if (callback) adoptCallback(submittable, callback);
    // node-postgres' pool awaits its own query objects, and leaves cursors and streams to their readers.
    else if (submittable instanceof Query) {
      answer = new Promise((resolve, reject) => {
        adoptCallback(submittable, (error: unknown, result: unknown) =>
          error ? reject(asError(error)) : resolve(result),
        );
      });
    }
    if (this.#isOver) failSubmittable(submittable, new PoolEndedError());
    else {
      const { statements, statementsInUse } = this.#parts;
      statementsInUse.enter();
      void statements.submit(submittable).finally(() => statementsInUse.leave());
    }
    return answer ?? ((callback ? undefined : submittable) as Submittable);
  }

  /** It was told to end; a managed transaction that began before goes on. */
  get #isOver(): boolean {
    return this.ending && !this.#parts.statements.currentScope;
  }

  #lend(): RoutedClient {
    const client = new RoutedClient(this.#host);
    this.#parts.clientsInUse.enter();
    if (this.listenerCount('acquire') > 0) this.emit('acquire', client);
    return client;
  }

  /** node-postgres' pool tells of a client for each of its own statements, too. */
  #lendForEvents(): RoutedClient | undefined {
    const hasListeners = this.listenerCount('acquire') > 0 || this.listenerCount('release') > 0;
    return hasListeners ? this.#lend() : undefined;
  }

  #released(client: RoutedClient, reason: Error | boolean | undefined): void {
    this.#parts.clientsInUse.leave();
    if (this.listenerCount('release') > 0) this.emit('release', reason, client);
  }
}

/** As node-postgres says it. */
function refuseFunction(callback: QueryCallback): void {
  const error = new Error('Passing a function as the first parameter to pool.query is not supported');
  setImmediate(() => callback(error, undefined));
}

defineCounts(RoutedPool.prototype);
