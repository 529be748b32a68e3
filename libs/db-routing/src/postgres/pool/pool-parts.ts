import type { EventEmitter } from 'node:events';
import type { QueryResult, QueryResultRow } from 'pg';
import { PoolSession } from '../../consistency/pool-session';
import { registerTokenHome } from '../../consistency/token-carrier';
import { StatementClassifier } from '../classify/classifier';
import { nodeNamed, type TopologySnapshot } from '../../cluster/topology/snapshot';
import { systemIdOf } from '../../cluster/topology/system-id';
import { registerManager } from '../../transaction/current';
import { TransactionManager } from '../../transaction/manager';
import type { Characteristics } from '../../transaction/options';
import { CatalogKeeper } from './catalog-keeper';
import { Statements } from './client/statements';
import { ClusterNodes } from '../../execution/nodes/cluster-nodes';
import { ConnectionHooks } from '../protocol/connection-hooks';
import { Dispatcher } from '../../execution/dispatcher';
import { InUse } from './in-use';
import { NodeLoad } from '../../routing/node-load';
import type { ResolvedOptions } from './options/options';
import { OWN_TYPES } from '../protocol/own-types';
import { PinnedSession } from './transactions/pinned-session';
import { withoutQueryTimeout } from '../protocol/query-timeout';
import type { StatementReport } from '../../execution/reports';
import { RequestLimits } from '../../execution/request-limits';
import { Router } from '../../routing/router';
import { TransactionDurability } from './transactions/transaction-durability';

/** What a pool is made of, each made once and wired here. */
export class PoolParts {
  readonly classifier: StatementClassifier;
  readonly catalog: CatalogKeeper;
  readonly nodes: ClusterNodes;
  readonly dispatcher: Dispatcher;
  readonly router: Router;
  readonly transactions: TransactionManager<PinnedSession>;
  readonly statements: Statements;
  /** Whose statements those are that run in no other session. */
  readonly ownSession = new PoolSession();
  readonly statementsInUse = new InUse();
  /** Clients, and transactions that have a connection. */
  readonly clientsInUse = new InUse();
  /** Decorators and messages cannot find the pool any more. */
  readonly unregister: () => void;
  #systemId: string | undefined;

  /** `pool` emits what it emits for its application. */
  constructor(
    private readonly options: ResolvedOptions,
    private readonly pool: EventEmitter,
  ) {
    this.classifier = new StatementClassifier({ trustedFunctions: options.trustedFunctions });
    this.nodes = new ClusterNodes(options, new ConnectionHooks(options.onConnect, pool));
    this.dispatcher = this.#makeDispatcher();
    this.catalog = new CatalogKeeper({
      classifier: this.classifier,
      hasPrimary: () => this.topology.primary !== undefined,
      read: (sql) => this.#readCatalog(sql),
      refreshMs: options.catalogRefreshMs,
      onWarning: (error) => pool.emit('warning', error),
    });
    this.nodes.on('change', (change) => {
      this.dispatcher.topologyChanged();
      pool.emit('nodeChange', change);
    });
    this.router = this.#makeRouter();
    this.transactions = this.#makeTransactions();
    this.statements = new Statements({
      classifier: this.classifier,
      router: this.router,
      dispatcher: this.dispatcher,
      durability: new TransactionDurability((statement) => this.router.durabilityOf(statement)),
      transactions: this.transactions,
      definitions: this.catalog,
      ownSession: this.ownSession,
      systemId: () => this.systemId,
      pooler: options.pooler,
    });
    this.unregister = this.#register();
  }

  get topology(): TopologySnapshot {
    return this.nodes.topology;
  }

  /** Of the cluster, which stays the same; undefined until a node has said it. */
  get systemId(): string | undefined {
    return (this.#systemId ??= systemIdOf(this.topology));
  }

  #makeDispatcher(): Dispatcher {
    const { options, pool, nodes } = this;
    const { clock, slowStartMs } = options;
    const load = new NodeLoad({ clock, inUse: (node) => nodes.inUse(node), slowStartMs });
    return new Dispatcher({
      poolOf: (node) => nodes.poolOf(node),
      loadOf: load.of,
      onServed: (node, latencyMs) => load.record(node, latencyMs),
      onOvertaken: (node, elapsedMs) => load.recordOvertaken(node, elapsedMs),
      isSlow: (node) => load.isSlow(node),
      hedging: options.hedging,
      balance: options.balance,
      isNear: options.isNear,
      groups: options.groups,
      clock,
      habits: nodes.habits,
      turnWaitMs: options.acquireTimeoutMs,
      failoverWaitMs: options.failoverWaitMs,
      failoverQueueLimit: options.failoverQueueLimit,
      maxSpilledReads: options.maxSpilledReads,
      snapshot: () => nodes.topology,
      onReadRefused: (text) => this.classifier.rememberAsPrimary(text, 'refused-by-replica'),
      onRoleDoubt: ({ address }) => nodes.reportRoleDoubt(address.name),
      probe: ({ address }) => nodes.probe(address.name),
      onOtherServer: ({ address }) => void nodes.reportStray(address.name),
      probeAll: () => nodes.probeNow(),
      ownSession: this.ownSession,
      servers: nodes.servers,
      pooler: options.pooler,
      positionWaitMs: options.positionWaitMs,
      onPositionWait: (report) => pool.emit('positionWait', report),
      reporter: () => this.#reporter,
    });
  }

  #makeRouter(): Router {
    const { options } = this;
    return new Router({
      user: options.target.user,
      applicationName: options.applicationName,
      rules: options.rules,
      limits: options.ruleLimits,
      // A name may mean a relation of any schema: the search path of the backend session is not known.
      schemasOf: (name) =>
        name.schema === undefined ? this.catalog.relations(name).map(({ schema }) => schema) : [name.schema],
      readConsistency: options.readConsistency,
      currentTransaction: () => this.transactions.currentScope?.transaction.characteristics.name,
      onShadow: (report) => this.pool.emit('shadow', report),
    });
  }

  #makeTransactions(): TransactionManager<PinnedSession> {
    const { clock, transactionTimeoutMs } = this.options;
    return new TransactionManager({
      clock,
      defaultTimeoutMs: transactionTimeoutMs,
      openSession: (characteristics) => this.#openSession(characteristics),
      watch: (fail) => RequestLimits.current()?.watch(fail),
      characterise: (asked) => this.router.characterise(asked),
      onHookError: (error, hook, name) => this.pool.emit('hookError', error, hook, name),
    });
  }

  #register(): () => void {
    const { consistencyTokens: tokens } = this.options;
    const forgetManager = registerManager(this.transactions);
    const systemId = () => this.systemId;
    const session = () => this.statements.session;
    const forgetTokens = tokens && registerTokenHome({ tokens, session, systemId });
    return () => {
      forgetManager();
      forgetTokens?.();
    };
  }

  get #reporter(): ((report: StatementReport) => void) | undefined {
    const { pool } = this;
    return pool.listenerCount('statement') === 0 ? undefined : (report) => pool.emit('statement', report);
  }

  async #readCatalog<R extends QueryResultRow>(sql: string): Promise<R[]> {
    // A replica may not know yet what was just made.
    const target = this.topology.primary ? 'primary' : 'replica';
    const result = (await this.dispatcher.read(
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

  #openSession(characteristics: Characteristics): PinnedSession {
    const need = this.router.transactionNeed(characteristics, 'transaction');
    const { issuesToken, readOnly } = characteristics;
    const session = this.statements.session;
    return new PinnedSession(characteristics, {
      acquire: () => {
        this.clientsInUse.enter();
        return this.dispatcher.acquire(need, session).catch((error: unknown) => {
          this.clientsInUse.leave();
          throw error;
        });
      },
      giveBack: (connection) => {
        this.clientsInUse.leave();
        connection.release();
      },
      asksPosition: !readOnly || session.followsReads,
      limitSql: this.options.pooler?.limitSql ?? [],
      roleOf: ({ name }) => nodeNamed(this.topology, name)?.role ?? 'unknown',
      reporter: () => this.#reporter,
      onEnded: (node, position, isCommitted) =>
        this.dispatcher.ended(node, position, isCommitted, session, {
          isWrite: isCommitted && !readOnly,
          isPromised: issuesToken,
        }),
      settleDefinitions: () => this.catalog.settle(),
    });
  }
}
