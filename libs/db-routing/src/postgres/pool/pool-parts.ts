import type { EventEmitter } from 'node:events';
import type { QueryResult, QueryResultRow } from 'pg';
import { PoolSession } from '../../consistency/pool-session';
import { registerTokenHome } from '../../consistency/token-carrier';
import type { Characteristics } from '../../engine/characteristics';
import type { Engine } from '../../engine/engine';
import { composeExecution, type Execution } from '../../execution/compose';
import { RequestLimits } from '../../execution/limits/request-limits';
import { ClusterNodes } from '../../execution/nodes/cluster-nodes';
import { Router } from '../../routing/router';
import { registerManager } from '../../transaction/current';
import { TransactionManager } from '../../transaction/manager';
import type { TransactionRun } from '../../transaction/transaction-connection';
import { StatementClassifier } from '../classify/classifier';
import type { NodeConnection } from '../connections/node-connection';
import { PostgresEngine } from '../connections/postgres-engine';
import { ConnectionHooks } from '../protocol/connection-hooks';
import { OWN_TYPES } from '../protocol/own-types';
import { withoutQueryTimeout } from '../protocol/query-timeout';
import { CatalogKeeper } from './catalog-keeper';
import { Statements } from './statements/statements';
import { InUse } from './in-use';
import type { ResolvedOptions } from './options/options';
import { PoolReports } from './pool-reports';
import { PostgresTransaction } from './transactions/postgres-transaction';
import { TransactionDurability } from './transactions/transaction-durability';
import type { TransactionResources } from './transactions/transaction-resources';

/** What talks to the servers, and what understands their statements. */
export interface Foundation {
  readonly engine: Engine<NodeConnection>;
  readonly classifier: StatementClassifier;
}

/** Builds and wires the parts of a pool; one instance of each. */
export class PoolParts {
  readonly engine: Engine<NodeConnection>;
  readonly classifier: StatementClassifier;
  readonly nodes: ClusterNodes<NodeConnection>;
  readonly execution: Execution<NodeConnection>;
  readonly catalog: CatalogKeeper;
  readonly router: Router;
  readonly transactions: TransactionManager<PostgresTransaction>;
  readonly statements: Statements;
  /** The session of statements that run outside any other session. */
  readonly ownSession: PoolSession;
  readonly statementsInUse: InUse;
  /** Counts clients, and transactions that have a connection. */
  readonly clientsInUse: InUse;
  /** Removes the pool from the registries that decorators and message handlers look it up in. */
  readonly unregister: () => void;
  readonly #reports: PoolReports;

  /** `pool`: emits the events for the application. `foundation`: default PostgreSQL's, by node-postgres. */
  constructor(
    private readonly options: ResolvedOptions,
    private readonly pool: EventEmitter,
    foundation: Foundation = postgresFoundation(options, pool),
  ) {
    const { clock } = options;
    this.#reports = new PoolReports(pool);
    this.ownSession = new PoolSession({ isTold: options.consistencyTokens !== undefined });
    this.statementsInUse = new InUse(clock);
    this.clientsInUse = new InUse(clock);
    this.engine = foundation.engine;
    this.classifier = foundation.classifier;
    this.nodes = new ClusterNodes(options, this.engine);
    this.execution = this.#makeExecution();
    this.nodes.on('change', (change) => pool.emit('nodeChange', change));
    this.catalog = this.#makeCatalog();
    this.router = this.#makeRouter();
    this.transactions = this.#makeTransactions();
    this.statements = this.#makeStatements();
    this.unregister = this.#register();
  }

  #makeExecution(): Execution<NodeConnection> {
    return composeExecution(this.options, {
      nodes: this.nodes,
      engine: this.engine,
      own: this.ownSession,
      reports: this.#reports,
      onReadRefused: (text) => this.classifier.rememberAsPrimary(text, 'refused-by-replica'),
    });
  }

  #makeCatalog(): CatalogKeeper {
    return new CatalogKeeper({
      clock: this.options.clock,
      classifier: this.classifier,
      cluster: this.nodes,
      read: (sql) => this.#readCatalog(sql),
      refreshMs: this.options.catalogRefreshMs,
      onWarning: (error) => this.pool.emit('warning', error),
    });
  }

  #makeStatements(): Statements {
    return new Statements({
      clock: this.options.clock,
      classifier: this.classifier,
      router: this.router,
      execution: this.execution,
      nodes: this.nodes,
      reports: this.#reports,
      durability: new TransactionDurability(this.router),
      transactions: this.transactions,
      definitions: this.catalog,
      ownSession: this.ownSession,
      pooler: this.options.pooler,
    });
  }

  #makeRouter(): Router {
    const { options } = this;
    return new Router({
      engine: this.engine,
      user: options.target.user,
      applicationName: options.applicationName,
      rules: options.rules,
      limits: options.ruleLimits,
      // The search path of the backend session is unknown, so a bare name may mean a relation in any schema.
      schemasOf: (name) =>
        name.schema === undefined ? this.catalog.relations(name).map(({ schema }) => schema) : [name.schema],
      readConsistency: options.readConsistency,
      currentTransaction: () => this.transactions.currentScope?.transaction.characteristics.name,
      onShadow: (report) => this.pool.emit('shadow', report),
    });
  }

  #makeTransactions(): TransactionManager<PostgresTransaction> {
    const { clock, random, transactionTimeoutMs } = this.options;
    return new TransactionManager({
      clock,
      random,
      errors: this.engine.errors,
      defaultTimeoutMs: transactionTimeoutMs,
      openConnection: (characteristics, run) => this.#openSession(characteristics, run),
      watch: (fail) => RequestLimits.current()?.watch(fail),
      characterise: (asked) => this.router.characterise(asked),
      onHookError: (error, hook, name) => this.pool.emit('hookError', error, hook, name),
    });
  }

  #register(): () => void {
    const { consistencyTokens: tokens } = this.options;
    const forgetManager = registerManager(this.transactions);
    const systemId = () => this.nodes.systemId;
    const session = () => this.statements.session;
    const forgetTokens = tokens && registerTokenHome({ tokens, session, systemId });
    return () => {
      forgetManager();
      forgetTokens?.();
    };
  }

  async #readCatalog<R extends QueryResultRow>(sql: string): Promise<R[]> {
    // A replica may not have replayed a new definition yet.
    const target = this.nodes.topology.primary ? 'primary' : 'replica';
    const result = await this.execution.reads.run(
      { target, reason: 'catalog' },
      {
        text: sql,
        input: withoutQueryTimeout({ text: sql, types: OWN_TYPES }),
        values: undefined,
        work: 'read',
        isTraced: false,
      },
    );
    return (result as QueryResult<R>).rows;
  }

  #openSession(characteristics: Characteristics, { isRepeatable }: TransactionRun): PostgresTransaction {
    const need = this.router.transactionNeed(characteristics, 'transaction');
    const { issuesToken, readOnly } = characteristics;
    const isEventual = readOnly && need.read?.level === 'eventual';
    // As of an eventual read: a replica that follows a promoted one may report its timeline while it has not
    // even replayed up to the promotion.
    const session = isEventual ? undefined : this.statements.session;
    const resources: TransactionResources = {
      acquire: () => {
        this.clientsInUse.enter();
        return this.execution.checkouts.acquire(need, session).catch((error: unknown) => {
          this.clientsInUse.leave();
          throw error;
        });
      },
      giveBack: (connection) => {
        this.clientsInUse.leave();
        connection.release();
      },
      asksPosition: (end) => session?.asksBehind(end === 'COMMIT' && !readOnly ? 'write' : 'read') ?? false,
      limitSql: this.options.pooler?.limitSql ?? [],
      clock: this.options.clock,
      nodes: this.nodes,
      reports: this.#reports,
      advanceSession: (node, position, { isCommitted, isAsked }) =>
        this.execution.positions.advance(node, position, isCommitted, session, {
          isAsked,
          isWrite: isCommitted && !readOnly,
          isPromised: issuesToken,
        }),
      settleDefinitions: () => this.catalog.settle(),
    };
    return new PostgresTransaction(characteristics, resources, isRepeatable);
  }
}

function postgresFoundation(options: ResolvedOptions, pool: EventEmitter): Foundation {
  const { onConnect, trustedFunctions } = options;
  return {
    engine: new PostgresEngine(options, new ConnectionHooks(onConnect, pool)),
    classifier: new StatementClassifier({ trustedFunctions }),
  };
}
