import { Query, type QueryConfig, type Submittable } from 'pg';
import type { TopologySnapshot } from '../../cluster/topology/snapshot';
import type { NodeAddress } from '../../engine/node-address';
import type { NodePoolStats } from '../../engine/node-connections';
import type { Session } from '../../consistency/session';
import { PoolEndedError } from '../../errors';
import type { RouteExplanation, RuleCount } from '../../routing/explain';
import type { ExplainContext } from '../../routing/router';
import type { RoutingRule } from '../../routing/rules/rule-schema';
import { lendManager } from '../../transaction/current';
import type { TransactionManager } from '../../transaction/manager';
import { StatementClassifier } from '../classify/classifier';
import type { ConsistencyTokens } from '../position/wal-position';
import { type AnyResult, asError, assertQuery, type QueryCallback } from '../protocol/query-types';
import { followNode } from '../settings/connection-settings';
import { withCallersStack } from './client/callers-stack';
import { type ClientHost, RoutedClient } from './client/routed-client';
import {
  pgPoolConfig,
  type ResolvedOptions,
  resolveOptions,
  type RoutedPoolOptions,
} from './options/options';
import { defineCounts } from './pool-counts';
import { PoolParts } from './pool-parts';
import { PoolSurface } from './pool-surface';
import { adoptCallback, failSubmittable } from './statements/submittable';
import type { PostgresTransaction } from './transactions/postgres-transaction';

/** How long end() waits for clients to be released. */
const CLIENTS_DEADLINE_MS = 5_000;

/**
 * node-postgres' `Pool`, with a primary and any number of streaming replicas behind it. It sends writes, and
 * everything inside a transaction, to the primary, and other reads to fit replicas. Code that uses a
 * `pg.Pool` needs no change.
 */
export class RoutedPool extends PoolSurface {
  readonly transactions: TransactionManager<PostgresTransaction>;
  readonly #parts: PoolParts;
  readonly #host: ClientHost;
  readonly #settings: ResolvedOptions;
  #hasStarted = false;
  /** Warnings from before start() has resolved, when the application cannot listen yet. */
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
   * Makes the pool, and waits until one node is usable; other nodes may be down. Throws ConfigurationError
   * when an option cannot work, and DatabaseUnreachableError when no node is usable within `startTimeoutMs`.
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
    // By the time this runs, the caller of start() has added its listeners.
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

  /** The state of all nodes as of the last probe. */
  get topology(): TopologySnapshot {
    return this.#parts.nodes.topology;
  }

  /** Signs and verifies consistency tokens; undefined without the option `consistencyTokens`. */
  get consistencyTokens(): ConsistencyTokens | undefined {
    return this.#settings.consistencyTokens;
  }

  /**
   * Returns a session that begins with what this process has written through the pool, in any session: for
   * work whose first part ran in no session.
   */
  sessionOfWrites(): Session {
    return this.#parts.execution.unasked.sessionOfWrites();
  }

  /** Probes every node now. Calls made during a probe share its answers. */
  refreshTopology(): Promise<void> {
    return this.#parts.nodes.probeNow();
  }

  /** The current connections to each node that has been used. */
  get stats(): readonly NodePoolStats[] {
    return this.#parts.nodes.stats;
  }

  /**
   * Replaces all routing rules at once; statements that have started keep the old ones. Throws
   * ConfigurationError when a rule cannot work; the old rules then stay.
   */
  useRules(rules: readonly RoutingRule[]): void {
    this.#parts.router.useRules(rules);
  }

  /**
   * How often each rule has matched since the rules were set, and how often a rule on trial would have
   * changed the route.
   */
  get ruleCounts(): readonly RuleCount[] {
    return this.#parts.router.counts;
  }

  /**
   * Explains where a statement would be routed now, and why; sends nothing. `context` replaces attributes of
   * the calling code. Never throws: a text that is not SQL goes to the primary.
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
   * Reads the definitions of functions, views and tables again, by which the pool classifies statements. The
   * pool knows its own changes at once, and those of other processes after `catalogRefreshMs`. Rejects with
   * the error of the read.
   */
  refreshCatalog(): Promise<void> {
    return this.#parts.catalog.refresh();
  }

  protected override async closeAll(): Promise<void> {
    // These are flags of node-postgres, which its type declarations call read-only.
    Object.assign(this, { ending: true });
    this.#parts.catalog.end();
    await this.#parts.statementsInUse.quiet(this.#settings.statementTimeoutMs);
    await this.#parts.clientsInUse.quiet(CLIENTS_DEADLINE_MS);
    this.#parts.unregister();
    await this.#parts.nodes.end();
    Object.assign(this, { ended: true });
  }

  protected override async runQuery(
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
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

  protected override runSubmittable(
    submittable: Submittable,
    callback: QueryCallback | undefined,
  ): Submittable | Promise<unknown> {
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

  /**
   * Whether the pool refuses statements. After end(), those of a managed transaction that began before still
   * run.
   */
  get #isOver(): boolean {
    return this.ending && !this.#parts.statements.currentScope;
  }

  protected override lendClient(): RoutedClient {
    const client = new RoutedClient(this.#host);
    this.#parts.clientsInUse.enter();
    if (this.listenerCount('acquire') > 0) this.emit('acquire', client);
    return client;
  }

  /**
   * A client for the events of the pool's own statement, if there are listeners: node-postgres' pool uses one
   * for each.
   */
  #lendForEvents(): RoutedClient | undefined {
    const hasListeners = this.listenerCount('acquire') > 0 || this.listenerCount('release') > 0;
    return hasListeners ? this.lendClient() : undefined;
  }

  #released(client: RoutedClient, reason: Error | boolean | undefined): void {
    this.#parts.clientsInUse.leave();
    if (this.listenerCount('release') > 0) this.emit('release', reason, client);
  }
}

defineCounts(RoutedPool.prototype);
