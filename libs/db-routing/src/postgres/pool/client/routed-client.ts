import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  Connection,
  PoolClient,
  QueryArrayConfig,
  QueryArrayResult,
  QueryConfig,
  QueryConfigValues,
  QueryResult,
  QueryResultRow,
  Submittable,
  TransactionStatus,
} from 'pg';
import { ClientReleasedError, UnboundClientError } from '../../../errors';
import type { Statement } from '../../../engine/statement';
import { clientInternals } from '../../protocol/driver-internals';
import { liftLimits } from '../../connections/lift-limits';
import type { InUse } from '../in-use';
import type { NodeConnection } from '../../connections/node-connection';
import {
  type AnyResult,
  asError,
  assertQuery,
  callBack,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  splitArguments,
  textOf,
} from '../../protocol/query-types';
import { ScopedControl } from '../transactions/transaction-statements';
import type { BoundConnection } from '../statements/bound-connection';
import { withCallersStack } from './callers-stack';
import { type ClientSettings, ClientSurface } from './client-surface';
import { DefinitionChanges } from './definition-changes';
import { InOrder } from './in-order';
import { queryInScope, submitInScope } from '../statements/in-scope';
import { isPlainRead } from '../statements/statement-traits';
import type { Statements } from '../statements/statements';
import { adoptCallback, bindToCaller, failSubmittable, holdEnd } from '../statements/submittable';

/** The pool that a client belongs to. */
export interface ClientHost {
  readonly statements: Statements;
  readonly settings: ClientSettings;
  /** Statements that the pool waits for when it ends. */
  readonly inUse: InUse;
  /** Called once, before its connection is given back. */
  onReleased(client: RoutedClient, reason: Error | boolean | undefined): void;
}

/** A statement on its way. */
interface Started {
  readonly answer: Promise<AnyResult>;
  /** Whether what is given later has to wait for its answer; on one connection the server keeps the order. */
  readonly holdsUp: boolean;
}

/** A cursor, stream or query object on its way. */
interface StartedSubmittable {
  /** Resolves when it is closed, or has failed. */
  readonly closed: Promise<void>;
  readonly holdsUp: boolean;
}

/**
 * What `pool.connect()` hands out: a client as node-postgres has it, one session of the server. At first it is free: it holds no
 * connection, and plain reads run on any node. Its first other statement binds it to one connection to the primary until release().
 * Inside a managed transaction a free client's statements run there.
 */
export class RoutedClient extends ClientSurface implements PoolClient {
  readonly #pool: ClientHost;
  readonly #control = new ScopedControl();
  readonly #order = new InOrder();
  readonly #definitions: DefinitionChanges;
  #bound: BoundConnection | undefined;
  #needsPrimary = false;
  #isUnlimited = false;
  #isReleased = false;
  #underWay = 0;

  constructor(pool: ClientHost) {
    super(pool.settings);
    this.#pool = pool;
    this.#definitions = new DefinitionChanges(pool.statements);
  }

  query<T extends Submittable>(submittable: T): T;
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryArrayResult<R>>;
  query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values?: QueryConfigValues<I>,
  ): Promise<QueryResult<R>>;
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: QueryArrayConfig<I>,
    callback: (error: Error | null, result: QueryArrayResult<R>) => void,
  ): void;
  query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    callback: (error: Error | null, result: QueryResult<R>) => void,
  ): void;
  query<R extends QueryResultRow = QueryResultRow, I = unknown[]>(
    input: string | QueryConfig<I>,
    values: QueryConfigValues<I> | undefined,
    callback: (error: Error | null, result: QueryResult<R>) => void,
  ): void;
  query(
    input: QueryInput,
    valuesOrCallback?: unknown[] | QueryCallback,
    maybeCallback?: QueryCallback,
  ): Promise<AnyResult> | Submittable | undefined {
    assertQuery(input);
    const [values, callback] = splitArguments(input, valuesOrCallback, maybeCallback);
    if (isSubmittable(input)) return this.#submit(input, callback);
    const result = this.#give(this.complete(input), values);
    if (callback) callBack(result, callback, null);
    return callback ? undefined : result;
  }

  /** From its next statement on the client is bound to the primary, also if that is a plain read. */
  usePrimary(): void {
    this.#needsPrimary = true;
  }

  /** As usePrimary(), and no limit of the pool holds for its statements: for migrations, which may take hours. */
  useUnlimitedPrimary(): void {
    this.usePrimary();
    if (this.#bound && !this.#isUnlimited) liftLimits(this.#bound.connection);
    this.#isUnlimited = true;
  }

  /** 'I', 'T' or 'E', as the server said with the last answer; 'I' while the client is free. */
  getTransactionStatus(): TransactionStatus {
    return this.#bound?.connection.client.getTransactionStatus() ?? 'I';
  }

  /** Of the server's process; null while the client is free. */
  get processID(): number | undefined {
    const processID = this.#bound ? clientInternals(this.#bound.connection.client).processID : null;
    // null, as node-postgres has it; undefined, as Kysely declares it.
    return processID as number | undefined;
  }

  /** To cancel what that process runs; null while the client is free. */
  get secretKey(): number | null {
    return this.#bound ? clientInternals(this.#bound.connection.client).secretKey : null;
  }

  /** Of the driver. Throws UnboundClientError while the client is free. */
  get connection(): Connection {
    if (!this.#bound) throw new UnboundClientError();
    return this.#bound.connection.client.connection;
  }

  /**
   * Back to the pool, once what was given is answered. A transaction left open is rolled back, session state is discarded. `reason`: true or an
   * error closes the connection. Throws when it was released before.
   */
  release(reason?: Error | boolean): void {
    if (this.#isReleased)
      throw new Error('Release called on client which has already been released to the pool.');
    this.#isReleased = true;
    const { statements } = this.#pool;
    this.#control.abandon(statements.currentScope);
    this.#pool.onReleased(this, reason);
    this.#order.give(() => {
      this.#bound?.release(reason, statements.session);
      return undefined;
    });
  }

  /** As in node-postgres: closes the connection, and the client cannot be used any more. */
  end(): Promise<void>;
  end(callback: (error: Error) => void): void;
  end(callback?: (error: Error) => void): Promise<void> | undefined {
    if (!this.#isReleased) {
      this.release(true);
      process.nextTick(() => this.emit('end'));
    }
    if (!callback) return Promise.resolve();
    process.nextTick(callback);
    return undefined;
  }

  #give(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    if (this.#isReleased) return Promise.reject(new ClientReleasedError());
    this.#enter();
    return new Promise<AnyResult>((resolve, reject) => {
      const fail = (error: unknown) => {
        this.#leave();
        reject(asError(error));
      };
      this.#order.give(() => {
        try {
          const { answer, holdsUp } = this.#start(input, values);
          answer.then((result) => {
            this.#leave();
            resolve(result);
          }, fail);
          return holdsUp ? answer : undefined;
        } catch (error) {
          fail(error);
          return undefined;
        }
      });
    }).catch((error: unknown) => {
      throw withCallersStack(error);
    });
  }

  /** As in node-postgres, `drain` tells that everything that was given is answered. */
  #enter(): void {
    this.#pool.inUse.enter();
    this.#underWay += 1;
  }

  #leave(): void {
    this.#pool.inUse.leave();
    this.#underWay -= 1;
    if (this.#underWay > 0 || this.listenerCount('drain') === 0) return;
    // After the callbacks, which may give more.
    setImmediate(() => {
      if (this.#underWay === 0) this.emit('drain');
    });
  }

  #start(input: QueryConfig | string, values: unknown[] | undefined): Started {
    const { statements } = this.#pool;
    const statement = statements.understand(textOf(input));
    if (this.#bound) {
      const sent = this.#bound.query(statement, input, values, statements.session);
      const answer = this.#definitions.after(statement, sent, () => this.#bound);
      this.#followBegin(statement, this.#bound);
      return { answer, holdsUp: false };
    }
    const scope = statements.currentScope;
    if (scope) {
      return { answer: queryInScope(scope, this.#control, statement, input, values), holdsUp: false };
    }
    const answer =
      isPlainRead(statement) && !this.#needsPrimary
        ? statements.autocommit(statement, input, values)
        : this.#bind(statement, input, values);
    return { answer, holdsUp: true };
  }

  async #bind(
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
    const hold = (connection: NodeConnection) => this.#adopt(connection);
    const answer = this.#pool.statements.bind(statement, input, values, hold).finally(() => {
      this.#bound?.adopt(statement);
      if (this.#bound) this.#followBegin(statement, this.#bound);
    });
    return this.#definitions.after(statement, answer, () => this.#bound);
  }

  #adopt(connection: NodeConnection): BoundConnection {
    // The one before was not the primary's, or has broken before anything was done.
    this.#bound?.release(true, undefined);
    const bound = this.#pool.statements.bound(connection);
    this.#bound = bound;
    if (this.#isUnlimited) liftLimits(connection);
    // By themselves they would run where the socket was made: in another request, perhaps in its transaction.
    const inContext = AsyncLocalStorage.snapshot();
    connection.forward((event, message) => inContext(() => this.emit(event, message)));
    connection.onceLost((error) => {
      // Without a listener the next statement tells; node-postgres would end the process.
      if (!this.#isReleased && this.listenerCount('error') > 0) inContext(() => this.emit('error', error));
    });
    return bound;
  }

  /** A rule may say what COMMIT waits for; behind a pooler the limits come with each transaction. */
  #followBegin(statement: Statement, bound: BoundConnection): void {
    if (statement.kind !== 'begin') return;
    const durability = this.#pool.statements.durabilityOf(statement);
    if (durability !== undefined) bound.append(`SET LOCAL synchronous_commit = ${durability}`);
    for (const text of this.#pool.statements.limitSql) bound.append(text);
  }

  #submit<T extends Submittable>(submittable: T, callback: QueryCallback | undefined): T {
    if (this.#isReleased) throw new ClientReleasedError();
    if (callback) adoptCallback(submittable, callback);
    bindToCaller(submittable);
    this.#enter();
    this.#order.give(() => {
      try {
        const { closed, holdsUp } = this.#startSubmittable(submittable);
        void closed.finally(() => this.#leave());
        return holdsUp ? closed : undefined;
      } catch (error) {
        this.#leave();
        failSubmittable(submittable, error as Error);
        return undefined;
      }
    });
    return submittable;
  }

  #startSubmittable(submittable: Submittable): StartedSubmittable {
    const { statements } = this.#pool;
    const statement = statements.understand(textOf(submittable));
    const fail = (error: unknown) => failSubmittable(submittable, error as Error);
    // A client that is bound stays so, also within a managed transaction.
    const scope = this.#bound ? undefined : statements.currentScope;
    if (!scope && this.#definitions.concern(statement))
      holdEnd(submittable, () => statements.settleDefinitions());
    if (this.#bound) {
      // On one connection the server keeps the order.
      const closed = this.#bound.submit(statement, submittable, statements.session);
      return { closed: this.#definitions.afterClosing(statement, closed, this.#bound), holdsUp: false };
    }
    if (scope) {
      submitInScope(scope, statement, submittable, fail);
      return { closed: Promise.resolve(), holdsUp: false };
    }
    if (isPlainRead(statement) && !this.#needsPrimary) {
      return { closed: statements.cursor(statement, submittable), holdsUp: true };
    }
    return { closed: this.#bindBy(statement, submittable).catch(fail), holdsUp: true };
  }

  async #bindBy(statement: Statement, submittable: Submittable): Promise<void> {
    const { statements } = this.#pool;
    const bound = this.#adopt(await statements.acquireForClient(statement));
    const closed = bound.submit(statement, submittable, statements.session);
    this.#followBegin(statement, bound);
    await this.#definitions.afterClosing(statement, closed, bound);
  }
}
