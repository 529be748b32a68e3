import {
  Pool,
  type PoolClient,
  type QueryArrayConfig,
  type QueryArrayResult,
  type QueryConfig,
  type QueryConfigValues,
  type QueryResult,
  type QueryResultRow,
  Query,
  type Submittable,
} from 'pg';
import { PoolEndedError } from '../errors';
import { PoolSession } from '../consistency/pool-session';
import type { Position } from '../consistency/position';
import type { ConsistencyTokens } from '../consistency/token';
import { registerTokenHome } from '../consistency/token-carrier';
import type { NodeChange } from '../health/node-changes';
import type { RouteExplanation, RuleCount } from '../routing/explain';
import type { RoutingRule } from '../routing/rules/rule-schema';
import { StatementClassifier } from '../sql/classifier';
import type { QualifiedName } from '../sql/statement';
import { nodeNamed, type TopologySnapshot } from '../topology/snapshot';
import type { NodeAddress } from '../topology/connection-url';
import { systemIdOf } from '../topology/system-id';
import { lendManager, registerManager } from '../transaction/current';
import type { HookName } from '../transaction/hooks';
import { TransactionManager } from '../transaction/manager';
import type { Characteristics } from '../transaction/options';
import { withCallersStack } from './client/callers-stack';
import { queryOnce, submitOnce } from './client/once';
import { type ClientHost, RoutedClient } from './client/routed-client';
import { Statements } from './client/statements';
import { adoptCallback, failSubmittable } from './client/submittable';
import { CatalogKeeper } from './catalog-keeper';
import { ClusterNodes } from './cluster-nodes';
import { followNode } from './connection/connection-settings';
import { ConnectionHooks } from './connection-hooks';
import { Dispatcher } from './dispatcher';
import { InUse } from './in-use';
import { NodeLoad } from './node-load';
import { OWN_TYPES } from './own-types';
import { RequestLimits } from './request-limits';
import { pgPoolConfig, type ResolvedOptions, resolveOptions, type RoutedPoolOptions } from './options';
import type { NodePoolStats, PositionWaitReport, StatementReport, TokenOutcome } from './reports';
import { PinnedSession } from './pinned-session';
import { withoutQueryTimeout } from './query-timeout';
import {
  type AnyResult,
  asError,
  assertQuery,
  callBack,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  splitArguments,
} from './query-types';
import { type ExplainContext, Router, type ShadowReport } from './router';
import { TransactionDurability } from './transaction-durability';

export interface RoutedPoolEvents {
  /** A node changed its state or role. */
  nodeChange: [NodeChange];
  /** A hook that runs after a transaction failed. */
  hookError: [unknown, HookName, string];
  /** What became of a statement on a node; made only while somebody listens. */
  statement: [StatementReport];
  /** A read has waited for a replica. */
  positionWait: [PositionWaitReport];
  /** A request brought a Consistency-Token. */
  token: [TokenOutcome];
  /** A routing rule on trial held for a statement. */
  shadow: [ShadowReport];
  /** Something in the background failed, which does no harm yet. */
  warning: [Error];
}

/**
 * The events of node-postgres' pool. connect and remove: of connections to any node, with the driver's client; acquire and release: of
 * clients that are handed out; error: an idle connection failed, emitted only while someone listens.
 */
type PoolEvent = 'connect' | 'acquire' | 'release' | 'remove' | 'error';
type PoolListener<K extends PoolEvent> = K extends 'error' | 'release'
  ? (error: Error, client: PoolClient) => void
  : (client: PoolClient) => void;

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
  readonly transactions: TransactionManager<PinnedSession>;
  readonly #classifier: StatementClassifier;
  readonly #catalog: CatalogKeeper;
  readonly #nodes: ClusterNodes;
  readonly #dispatcher: Dispatcher;
  readonly #router: Router;
  readonly #durability: TransactionDurability;
  readonly #unregister: () => void;
  readonly #host: ClientHost;
  readonly #statements: Statements;
  readonly #statementsInUse = new InUse();
  readonly #clientsInUse = new InUse();
  /** Whose statements those are that run in no other session. */
  readonly #ownSession = new PoolSession();
  readonly #settings: ResolvedOptions;
  readonly #leaving = new WeakMap<RoutedClient, () => void>();
  #hasStarted = false;
  /** Found before anybody could listen. */
  readonly #warnings: Error[] = [];

  private constructor(options: ResolvedOptions) {
    super(pgPoolConfig(options));
    this.#settings = options;
    const { target, clock, applicationName } = options;
    this.#classifier = new StatementClassifier({ trustedFunctions: options.trustedFunctions });
    this.#nodes = new ClusterNodes(options, new ConnectionHooks(options.onConnect, this));
    followNode(this.options, () => this.topology.primary?.address ?? (target.nodes[0] as NodeAddress));
    const load = new NodeLoad({
      clock,
      inUse: (node) => this.#nodes.inUse(node),
      slowStartMs: options.slowStartMs,
    });
    this.#dispatcher = new Dispatcher({
      poolOf: (node) => this.#nodes.poolOf(node),
      loadOf: load.of,
      onServed: (node, latencyMs) => load.record(node, latencyMs),
      onOvertaken: (node, elapsedMs) => load.recordOvertaken(node, elapsedMs),
      isSlow: (node) => load.isSlow(node),
      hedging: options.hedging,
      balance: options.balance,
      isNear: options.isNear,
      groups: options.groups,
      clock,
      habits: this.#nodes.habits,
      turnWaitMs: options.acquireTimeoutMs,
      failoverWaitMs: options.failoverWaitMs,
      failoverQueueLimit: options.failoverQueueLimit,
      maxSpilledReads: options.maxSpilledReads,
      snapshot: () => this.#nodes.topology,
      onReadRefused: (text) => this.#classifier.rememberAsPrimary(text, 'refused-by-replica'),
      onRoleDoubt: ({ address }) => this.#nodes.reportRoleDoubt(address.name),
      probe: ({ address }) => this.#nodes.probe(address.name),
      onOtherServer: ({ address }) => void this.#nodes.reportStray(address.name),
      probeAll: () => this.#nodes.probeNow(),
      ownSession: this.#ownSession,
      servers: this.#nodes.servers,
      pooler: options.pooler,
      positionWaitMs: options.positionWaitMs,
      onPositionWait: (report) => this.emit('positionWait', report),
      reporter: () => this.#reporter,
    });
    this.#catalog = new CatalogKeeper({
      classifier: this.#classifier,
      hasPrimary: () => this.topology.primary !== undefined,
      read: (sql) => this.#readCatalog(sql),
      refreshMs: options.catalogRefreshMs,
      onWarning: (error) => this.emit('warning', error),
    });
    this.#nodes.on('change', (change) => {
      this.#dispatcher.topologyChanged();
      this.emit('nodeChange', change);
    });
    this.#nodes.on('warning', (error) => this.#warn(error));
    this.#router = new Router({
      user: target.user,
      applicationName,
      rules: options.rules,
      limits: options.ruleLimits,
      schemasOf: (name) => this.#schemasOf(name),
      readConsistency: options.readConsistency,
      currentTransaction: () => this.transactions.currentScope?.transaction.characteristics.name,
      onShadow: (report) => this.emit('shadow', report),
    });
    this.#durability = new TransactionDurability((statement) => this.#router.durabilityOf(statement));
    this.transactions = new TransactionManager({
      clock,
      defaultTimeoutMs: options.transactionTimeoutMs,
      openSession: (characteristics) => this.#openSession(characteristics),
      watch: (fail) => RequestLimits.current()?.watch(fail),
      characterise: (asked) => this.#router.characterise(asked),
      onHookError: (error, hook, name) => this.emit('hookError', error, hook, name),
    });
    lendManager(this, this.transactions);
    this.#statements = new Statements({
      classifier: this.#classifier,
      router: this.#router,
      dispatcher: this.#dispatcher,
      durability: this.#durability,
      transactions: this.transactions,
      definitions: this.#catalog,
      ownSession: this.#ownSession,
      pooler: options.pooler,
    });
    this.#host = {
      statements: this.#statements,
      settings: this.options,
      enter: () => this.#statementsInUse.enter(),
      onReleased: (client, reason) => this.#released(client, reason),
    };
    const { consistencyTokens: tokens } = options;
    const forgetManager = registerManager(this.transactions);
    const systemId = () => systemIdOf(this.topology);
    const session = () => this.#statements.session;
    const forgetTokens = tokens && registerTokenHome({ tokens, session, systemId });
    this.#unregister = () => {
      forgetManager();
      forgetTokens?.();
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
      await pool.#nodes.start();
      await pool.#catalog.start();
    } catch (error) {
      await pool.end();
      throw error;
    }
    pool.#hasStarted = true;
    // Whoever gets the pool listens before this runs.
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
    return this.#nodes.topology;
  }

  /** Made of the option `consistencyTokens`. */
  get consistencyTokens(): ConsistencyTokens | undefined {
    return this.#settings.consistencyTokens;
  }

  /** How far this process has written through the pool; undefined until it has. A session may begin there. */
  get writtenPosition(): Position | undefined {
    return this.#ownSession.position;
  }

  /** Asks every node now; whoever asks meanwhile shares the answers. */
  refreshTopology(): Promise<void> {
    return this.#nodes.probeNow();
  }

  /** The connections to each node that has been used, at this moment. */
  get stats(): readonly NodePoolStats[] {
    return this.#nodes.stats;
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
    this.#router.useRules(rules);
  }

  /** How often each rule has held since the rules were set, and rules on trial would have changed something. */
  get ruleCounts(): readonly RuleCount[] {
    return this.#router.counts;
  }

  /**
   * Where a statement would go at this moment, and why; nothing is sent. `context` stands in for the calling code's own
   * attributes. Never throws: what is not SQL goes to the primary too.
   */
  explainRoute(sql: string, context: ExplainContext = {}): RouteExplanation {
    return this.#router.explain(this.#classifier.classify(sql), context, this.#dispatcher.decideContext);
  }

  /**
   * Reads again what functions, views and tables there are, to understand statements by. What is changed through this pool is known
   * without it, what is changed elsewhere after `catalogRefreshMs`.
   */
  refreshCatalog(): Promise<void> {
    return this.#catalog.refresh();
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
    this.#catalog.end();
    await this.#statementsInUse.quiet(this.#settings.statementTimeoutMs);
    await this.#clientsInUse.quiet(CLIENTS_DEADLINE_MS);
    this.#unregister();
    this.#dispatcher.end();
    await this.#nodes.end();
    Object.assign(this, { ended: true });
  }

  async #run(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    assertQuery(input);
    if (this.#isOver) throw new PoolEndedError();
    const leave = this.#statementsInUse.enter();
    const client = this.#lendForEvents();
    try {
      const result = await queryOnce(this.#statements, input, values);
      client?.release();
      return result;
    } catch (error) {
      client?.release(error as Error);
      throw withCallersStack(error);
    } finally {
      leave();
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
    else void submitOnce(this.#statements, submittable).finally(this.#statementsInUse.enter());
    return answer ?? ((callback ? undefined : submittable) as Submittable);
  }

  /** It was told to end; a managed transaction that began before goes on. */
  get #isOver(): boolean {
    return this.ending && !this.#statements.currentScope;
  }

  #lend(): RoutedClient {
    const client = new RoutedClient(this.#host);
    this.#leaving.set(client, this.#clientsInUse.enter());
    if (this.listenerCount('acquire') > 0) this.emit('acquire', client);
    return client;
  }

  /** node-postgres' pool tells of a client for each of its own statements, too. */
  #lendForEvents(): RoutedClient | undefined {
    const hasListeners = this.listenerCount('acquire') > 0 || this.listenerCount('release') > 0;
    return hasListeners ? this.#lend() : undefined;
  }

  #released(client: RoutedClient, reason: Error | boolean | undefined): void {
    this.#leaving.get(client)?.();
    if (this.listenerCount('release') > 0) this.emit('release', reason, client);
  }

  async #readCatalog<R extends QueryResultRow>(sql: string): Promise<R[]> {
    // A replica may not know yet what was just made.
    const target = this.topology.primary ? 'primary' : 'replica';
    const result = (await this.#dispatcher.read(
      { target, reason: 'catalog' },
      {
        input: withoutQueryTimeout({ text: sql, types: OWN_TYPES }),
        values: undefined,
        work: 'read',
        isTraced: false,
      },
    )) as QueryResult<R>;
    return result.rows;
  }

  get #reporter(): ((report: StatementReport) => void) | undefined {
    return this.listenerCount('statement') === 0 ? undefined : (report) => this.emit('statement', report);
  }

  /** A name may mean a relation of any schema: the search path of the session is not known. */
  #schemasOf(name: QualifiedName): readonly string[] {
    if (name.schema !== undefined) return [name.schema];
    return this.#catalog.relations(name).map(({ schema }) => schema);
  }

  #openSession(characteristics: Characteristics): PinnedSession {
    const need = this.#router.transactionNeed(characteristics, 'transaction');
    const { issuesToken, readOnly } = characteristics;
    const session = this.#statements.session;
    let leave: () => void = () => undefined;
    return new PinnedSession(characteristics, {
      acquire: () => {
        leave = this.#clientsInUse.enter();
        return this.#dispatcher.acquire(need, session).catch((error: unknown) => {
          leave();
          throw error;
        });
      },
      giveBack: (connection) => {
        leave();
        connection.release();
      },
      asksPosition: !readOnly || session.followsReads,
      limitSql: this.#settings.pooler?.limitSql ?? [],
      roleOf: ({ name }) => nodeNamed(this.topology, name)?.role ?? 'unknown',
      reporter: () => this.#reporter,
      onEnded: (node, position, isCommitted) =>
        this.#dispatcher.ended(node, position, isCommitted, session, {
          isWrite: isCommitted && !readOnly,
          isPromised: issuesToken,
        }),
      settleDefinitions: () => this.#catalog.settle(),
    });
  }
}

/** As node-postgres says it. */
function refuseFunction(callback: QueryCallback): void {
  const error = new Error('Passing a function as the first parameter to pool.query is not supported');
  setImmediate(() => callback(error, undefined));
}

/** node-postgres counts by getters of its prototype, which its declarations call properties. */
Object.defineProperties(RoutedPool.prototype, {
  totalCount: {
    get(this: RoutedPool) {
      return this.stats.reduce((sum, { open, lanes }) => sum + open + lanes, 0);
    },
  },
  idleCount: {
    get(this: RoutedPool) {
      return this.stats.reduce((sum, { idle, idleLanes }) => sum + idle + idleLanes, 0);
    },
  },
  waitingCount: {
    get(this: RoutedPool) {
      return this.stats.reduce((sum, { waiting, laneWaiting }) => sum + waiting + laneWaiting, 0);
    },
  },
});
