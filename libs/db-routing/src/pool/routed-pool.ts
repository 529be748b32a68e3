import { EventEmitter } from 'node:events';
import type { QueryConfig, QueryResult, QueryResultRow, Submittable } from 'pg';
import { PoolEndedError } from '../errors';
import { Session } from '../consistency/session';
import type { NodeChange } from '../health/monitor';
import type { RouteExplanation, RuleCount } from '../routing/explain';
import type { RoutePlan } from '../routing/route-plan';
import type { RoutingRule } from '../routing/rules/rule-schema';
import { CATALOG_SQL, type CatalogRow, catalogFromRows } from '../sql/catalog-query';
import { BUILTIN_CATALOG } from '../sql/builtin-catalog';
import type { Catalog } from '../sql/catalog';
import { StatementClassifier } from '../sql/classifier';
import type { QualifiedName, Statement } from '../sql/statement';
import type { TopologySnapshot } from '../topology/snapshot';
import { registerManager } from '../transaction/current';
import type { HookName } from '../transaction/hooks';
import { TransactionManager } from '../transaction/manager';
import type { Characteristics } from '../transaction/options';
import { characteristicsOf } from './begun-by-hand';
import { ClusterNodes } from './cluster-nodes';
import { Dispatcher } from './dispatcher';
import type { NodeConnection } from './node-connection';
import { NodeLoad } from './node-load';
import { RequestLimits } from './request-limits';
import { type ResolvedOptions, resolveOptions, type RoutedPoolOptions } from './options';
import type { NodePoolStats, PositionWaitReport, StatementReport, TokenOutcome } from './reports';
import { PinnedSession } from './pinned-session';
import {
  type AnyResult,
  callBack,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  splitArguments,
} from './query-types';
import { type ClientHost, RoutedClient } from './routed-client';
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

type ConnectCallback = (
  error: Error | undefined,
  client: RoutedClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

/** How often what the statements mean is read again from the database: functions and tables come and go. */
const CATALOG_REFRESH_MS = 60_000;

/**
 * node-postgres' `Pool`, with a primary and any number of streaming replicas behind it. Whatever speaks to a `pg.Pool` is
 * routed without knowing it: writes and everything inside a transaction to the primary, other reads to fit replicas.
 */
export class RoutedPool extends EventEmitter<RoutedPoolEvents> {
  readonly transactions: TransactionManager<PinnedSession>;
  readonly #classifier = new StatementClassifier();
  readonly #nodes: ClusterNodes;
  readonly #dispatcher: Dispatcher;
  readonly #router: Router;
  readonly #durability: TransactionDurability;
  readonly #unregister: () => void;
  readonly #host: ClientHost;
  #catalog: Catalog = BUILTIN_CATALOG;
  #catalogTimer: NodeJS.Timeout | undefined;
  #ended: Promise<void> | undefined;

  private constructor(private readonly options: ResolvedOptions) {
    super();
    const { target, clock, applicationName } = options;
    this.#nodes = new ClusterNodes(options);
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
      onRoleDoubt: () => this.#nodes.reportRoleDoubt(),
      probe: ({ address }) => this.#nodes.probe(address.name),
      positionWaitMs: options.positionWaitMs,
      onPositionWait: (report) => this.emit('positionWait', report),
      reporter: () => this.#reporter,
    });
    this.#nodes.on('change', (change) => {
      this.#dispatcher.topologyChanged();
      this.emit('nodeChange', change);
    });
    this.#nodes.on('warning', (error) => this.emit('warning', error));
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
      openSession: (characteristics) => this.#openSession(characteristics, undefined, 'transaction'),
      watch: (fail) => RequestLimits.current()?.watch(fail),
      characterise: (asked) => this.#router.characterise(asked),
      onHookError: (error, hook, name) => this.emit('hookError', error, hook, name),
    });
    this.#unregister = registerManager(this.transactions);
    this.#host = this.#makeHost();
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
      await pool.refreshCatalog();
    } catch (error) {
      await pool.end();
      throw error;
    }
    pool.#keepCatalogFresh();
    return pool;
  }

  /** What is known of the nodes, as of the last probe. */
  get topology(): TopologySnapshot {
    return this.#nodes.topology;
  }

  /** Asks every node now; whoever asks meanwhile shares the answers. */
  refreshTopology(): Promise<void> {
    return this.#nodes.probeNow();
  }

  /** The connections to each node that has been used, at this moment. */
  get stats(): readonly NodePoolStats[] {
    return this.#nodes.stats;
  }

  /** As in node-postgres. Inside a transaction the statement runs there; otherwise it is routed. */
  query<S extends Submittable>(submittable: S): S;
  query<R extends QueryResultRow = QueryResultRow>(
    input: QueryConfig | string,
    values?: unknown[],
  ): Promise<QueryResult<R>>;
  query(input: QueryInput, values: unknown[] | undefined, callback: QueryCallback): void;
  query(input: QueryInput, callback: QueryCallback): void;
  query(
    input: QueryInput,
    valuesOrCallback?: unknown[] | QueryCallback,
    maybeCallback?: QueryCallback,
  ): Promise<AnyResult> | Submittable | undefined {
    const client = new RoutedClient(this.#host);
    if (isSubmittable(input)) return client.query(input);
    const [values, callback] = splitArguments(valuesOrCallback, maybeCallback);
    // What the statement left on its client, nobody can come back to.
    const result = client.query(input, values).finally(() => client.release());
    if (!callback) return result;
    callBack(result, callback);
    return undefined;
  }

  /** As in node-postgres; the client takes a connection only when a statement needs one. */
  connect(): Promise<RoutedClient>;
  connect(callback: ConnectCallback): void;
  connect(callback?: ConnectCallback): Promise<RoutedClient> | undefined {
    const client = this.#ended ? undefined : new RoutedClient(this.#host);
    if (!callback) return client ? Promise.resolve(client) : Promise.reject(new PoolEndedError());
    process.nextTick(callback, client ? undefined : new PoolEndedError(), client, () => client?.release());
    return undefined;
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

  /** Reads again what functions, views and tables there are, to understand statements by. */
  async refreshCatalog(): Promise<void> {
    // A replica may not know yet what was just made.
    const target = this.topology.primary ? 'primary' : 'replica';
    const result = (await this.#dispatcher.read(
      { target, reason: 'catalog' },
      { input: CATALOG_SQL, values: undefined, work: 'read', isTraced: false },
    )) as QueryResult<CatalogRow>;
    this.#catalog = catalogFromRows(result.rows);
    this.#classifier.useCatalog(this.#catalog);
  }

  /** Ends every connection. Idempotent. */
  end(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    clearInterval(this.#catalogTimer);
    this.#unregister();
    this.#dispatcher.end();
    await this.#nodes.end();
  }

  #keepCatalogFresh(): void {
    this.#catalogTimer = setInterval(() => {
      this.refreshCatalog().catch((error: unknown) => this.emit('warning', error as Error));
    }, CATALOG_REFRESH_MS);
    this.#catalogTimer.unref();
  }

  get #reporter(): ((report: StatementReport) => void) | undefined {
    return this.listenerCount('statement') === 0 ? undefined : (report) => this.emit('statement', report);
  }

  #makeHost(): ClientHost {
    return {
      classify: (text) => this.#admit(this.#classifier.classify(text)),
      currentScope: () => this.transactions.currentScope,
      autocommit: (statement, input, values) => {
        const plan = this.#router.plan(statement);
        const session = sessionFor(plan);
        if (plan.target !== 'replica') {
          return this.#dispatcher.write(plan, { input, values, work: workOf(statement), session });
        }
        const result = this.#dispatcher.read(plan, { input, values, work: 'read', session });
        return RequestLimits.current()?.within(result) ?? result;
      },
      cursor: (statement, submittable, held) => {
        const plan = this.#router.plan(statement);
        this.#dispatcher.cursor(plan, submittable, sessionFor(plan), {
          isWrite: workOf(statement) === 'write',
          changesSession: statement.session === 'changes',
          held,
        });
      },
      openSession: (begin, over) =>
        this.#openSession(this.#router.characterise(characteristicsOf(begin)), over, 'transaction'),
      onHeld: (connection, input, values) =>
        this.#dispatcher.onHeld(connection, { input, values }, Session.current()),
      hold: ({ reason }) => this.#dispatcher.acquire({ target: 'primary', reason }),
    };
  }

  /** Every statement comes by here, wherever it runs. Throws DeniedByRuleError. */
  #admit(statement: Statement): Statement {
    this.#router.assertAllowed(statement);
    if (this.#router.durabilityAsksStatements) {
      const scope = this.transactions.currentScope;
      if (scope) this.#durability.prepare(statement, scope);
    }
    return statement;
  }

  /** A name may mean a relation of any schema: the search path of the session is not known. */
  #schemasOf(name: QualifiedName): readonly string[] {
    if (name.schema !== undefined) return [name.schema];
    return this.#catalog.relations(name).map(({ schema }) => schema);
  }

  #openSession(
    characteristics: Characteristics,
    over: Promise<NodeConnection> | undefined,
    reason: string,
  ): PinnedSession {
    const need = this.#router.transactionNeed(characteristics, reason);
    const session = characteristics.issuesToken || characteristics.readOnly ? Session.current() : undefined;
    return new PinnedSession(characteristics, {
      acquire: () => over ?? this.#dispatcher.acquire(need, session),
      giveBack: (connection) => {
        if (!over) connection.release();
      },
      asksPosition: session !== undefined,
      roleOf: ({ name }) =>
        this.topology.nodes.find(({ address }) => address.name === name)?.role ?? 'unknown',
      reporter: () => this.#reporter,
      onEnded: (node, position, isCommitted) => this.#dispatcher.ended(node, position, isCommitted, session),
    });
  }
}

/** A read that may be of any age has no part in what its caller has seen. */
function sessionFor({ read }: RoutePlan): Session | undefined {
  return read.level === 'eventual' ? undefined : Session.current();
}

function workOf({ target }: Statement): 'read' | 'write' {
  return target === 'replica' ? 'read' : 'write';
}
