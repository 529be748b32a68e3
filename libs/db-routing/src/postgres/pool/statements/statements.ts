import type { QueryConfig, Submittable } from 'pg';
import type { PoolSession } from '../../../consistency/pool-session';
import { Session } from '../../../consistency/session';
import type { RoutePlan } from '../../../routing/route-plan';
import type { StatementClassifier } from '../../classify/classifier';
import type { ExclusiveConnection } from '../../../engine/node-connections';
import type { Statement, StatementKind } from '../../../engine/statement';
import { TransactionControlError } from '../../../errors';
import { CONTROL_NEEDS_CLIENT } from '../../../execution/exclusive-run';
import type { TransactionManager } from '../../../transaction/manager';
import type { Scope } from '../../../transaction/scope';
import type { CatalogKeeper } from '../catalog-keeper';
import type { Execution } from '../../../execution/compose';
import type { NodeConnection } from '../../connections/node-connection';
import type { PostgresTransaction } from '../transactions/postgres-transaction';
import { type AnyResult, textOf } from '../../protocol/query-types';
import { ScopedControl } from '../transactions/transaction-statements';
import { queryInScope, submitInScope } from './in-scope';
import { bindToCaller, failSubmittable, holdEnd } from './submittable';
import type { Router } from '../../../routing/router';
import type { Clock } from '../../../clock';
import type { ClusterNodes } from '../../../execution/nodes/cluster-nodes';
import type { StatementReports } from '../../../execution/reports';
import type { StatementRequest } from '../../../execution/statement-request';
import type { TransactionDurability } from '../transactions/transaction-durability';
import type { TransactionPooler } from '../../connections/transaction-pooler';
import { BoundConnection } from './bound-connection';
import { runCursor } from './cursors';
import { byHand } from './by-hand';
import { mayCommitAndFail, mayOpenTransaction } from './statement-traits';

export interface StatementsOptions {
  readonly classifier: StatementClassifier;
  readonly router: Router;
  readonly execution: Execution<NodeConnection>;
  readonly nodes: ClusterNodes<NodeConnection>;
  readonly reports: StatementReports;
  readonly clock: Clock;
  readonly durability: TransactionDurability;
  readonly transactions: TransactionManager<PostgresTransaction>;
  readonly definitions: CatalogKeeper;
  /** The pool's own session. */
  readonly ownSession: PoolSession;
  readonly pooler: TransactionPooler | undefined;
}

/** Runs the statements of the pool and its clients, in the current managed transaction or outside any. */
export class Statements {
  constructor(private readonly options: StatementsOptions) {}

  /**
   * Runs a statement of pool.query(): in the current managed transaction if there is one, otherwise in
   * autocommit. May throw as well as reject. Throws TransactionControlError for BEGIN, COMMIT and ROLLBACK,
   * because later statements would run on other connections.
   */
  query(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    const statement = this.understand(textOf(input));
    const scope = this.currentScope;
    assertControlsNothing(statement, scope?.name ?? 'the pool');
    return scope
      ? queryInScope(scope, new ScopedControl(), statement, input, values)
      : this.autocommit(statement, input, values);
  }

  /**
   * Runs a cursor, stream or query object the same way. Resolves when the object is closed or has failed;
   * errors go to the object.
   */
  async submit(submittable: Submittable): Promise<void> {
    bindToCaller(submittable);
    const fail = (error: unknown) => failSubmittable(submittable, error as Error);
    try {
      const statement = this.understand(textOf(submittable));
      const scope = this.currentScope;
      assertControlsNothing(statement, scope?.name ?? 'the pool');
      if (scope) submitInScope(scope, statement, submittable, fail);
      else {
        if (statement.mayDefine) holdEnd(submittable, () => this.settleDefinitions());
        await this.cursor(statement, submittable);
      }
    } catch (error) {
      fail(error);
    }
  }

  /**
   * Classifies and checks a statement; every statement passes here, wherever it runs. Throws
   * DeniedByRuleError when a rule denies it.
   */
  understand(text: string): Statement {
    const { classifier, router, durability, pooler } = this.options;
    const statement = classifier.classify(text);
    router.assertAllowed(statement);
    pooler?.assertLeavesNothing(statement);
    if (router.durabilityAsksStatements) {
      const scope = this.currentScope;
      if (scope) durability.prepare(statement, scope);
    }
    return statement;
  }

  /** The scope of the managed transaction that the calling code runs in. */
  get currentScope(): Scope<PostgresTransaction> | undefined {
    return this.options.transactions.currentScope;
  }

  /** The session of the calling code; the pool's own session outside any other. */
  get session(): Session {
    const { ownSession, nodes } = this.options;
    return Session.current()?.of(nodes.systemId) ?? ownSession;
  }

  /** Runs a statement in autocommit: a read on any fit node, everything else on the primary. */
  autocommit(
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
    const plan = this.options.router.plan(statement);
    if (plan.target !== 'replica') {
      return this.options.definitions.after(this.#write(plan, statement, input, values), statement);
    }
    const session = this.#sessionFor(plan);
    const { text } = statement;
    return this.#read(plan, {
      text,
      input,
      values,
      work: 'read',
      session,
      sessionOfWrite: session ?? this.session,
    });
  }

  /**
   * Runs the statement that binds a client. Calls `keep` with the connection before each attempt to send the
   * statement.
   */
  bind(
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    keep: (connection: NodeConnection) => void,
  ): Promise<AnyResult> {
    const plan = this.options.router.plan(statement);
    return this.#write(plan, statement, input, values, keep);
  }

  /** Acquires a connection to the primary, for a client that is bound by a cursor, stream or query object. */
  acquireForClient({ reason }: Statement): Promise<NodeConnection> {
    return this.options.execution.checkouts.acquire({ target: 'primary', reason });
  }

  /** Wraps the connection that a client is bound to. */
  bound(connection: NodeConnection): BoundConnection {
    const { execution, nodes, reports, pooler, clock } = this.options;
    return new BoundConnection(connection, { positions: execution.positions, nodes, reports, pooler, clock });
  }

  /** Runs a cursor, stream or query object on an exclusive connection. Resolves when the object is closed. */
  cursor(statement: Statement, submittable: Submittable): Promise<void> {
    const plan = this.options.router.plan(statement);
    const session = this.#sessionFor(plan);
    const closed = runCursor(this.options.execution, plan, statement, submittable, session);
    return this.options.definitions.after(closed, statement);
  }

  /** Resolves when the catalog has been read again after a possible change of definitions; never rejects. */
  settleDefinitions(): Promise<void> {
    return this.options.definitions.settle();
  }

  /**
   * The statements that set a transaction's limits, for transactions that a client begins itself on a
   * connection that does not carry the limits.
   */
  get limitSql(): readonly string[] {
    return this.options.pooler?.limitSql ?? [];
  }

  /** The `synchronous_commit` that a rule sets for a transaction that a client begins itself. */
  durabilityOf(begin: Statement): string | undefined {
    return this.options.router.characterise(byHand(begin)).durability;
  }

  /** An eventual read neither uses nor advances its caller's session. */
  #sessionFor({ read }: RoutePlan): Session | undefined {
    return read.level === 'eventual' ? undefined : this.session;
  }

  #read(plan: RoutePlan, request: StatementRequest): Promise<AnyResult> {
    return this.options.execution.reads.run(plan, request) as Promise<AnyResult>;
  }

  #write(
    plan: RoutePlan,
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    keep?: (connection: NodeConnection) => void,
  ): Promise<AnyResult> {
    const { kind, backendState, target } = statement;
    this.options.pooler?.assertUsesNothing(statement);
    return this.options.execution.writes.run(plan, {
      text: statement.text,
      input,
      values,
      session: this.#sessionFor(plan),
      keep: keep as ((connection: ExclusiveConnection) => void) | undefined,
      // BEGIN changes no data, and may be sent again.
      work: target === 'replica' || kind === 'begin' ? 'read' : 'write',
      kind,
      changesBackendState: backendState === 'changes',
      outlivesDiscard: statement.outlivesDiscard,
      mayOpenTransaction: mayOpenTransaction(statement),
      mayCommitAndFail: mayCommitAndFail(statement),
    }) as Promise<AnyResult>;
  }
}

const CONTROL = new Set<StatementKind>(['begin', 'commit', 'rollback']);

function assertControlsNothing({ kind, text }: Statement, scope: string): void {
  if (CONTROL.has(kind)) throw new TransactionControlError(scope, text, CONTROL_NEEDS_CLIENT);
}
