import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { QueryConfig, Submittable } from 'pg';
import { ClientReleasedError } from '../errors';
import type { Statement } from '../sql/statement';
import type { Scope } from '../transaction/scope';
import type { NodeConnection } from './node-connection';
import type { PinnedSession } from './pinned-session';
import {
  type AnyResult,
  callBack,
  emptyResult,
  splitArguments,
  isSubmittable,
  type QueryCallback,
  type QueryInput,
  textOf,
} from './query-types';
import { bindToCaller, failSubmittable } from './submittable';
import { assertEndsNothing, assertLocksHold, assertMayRun, ScopedControl } from './transaction-statements';

/** What a client needs of the pool that it stands for. */
export interface ClientHost {
  classify(text: string): Statement;
  currentScope(): Scope<PinnedSession> | undefined;
  autocommit(
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult>;
  /** A cursor or stream outside of a transaction; `held`: on the connection that the client holds. */
  cursor(statement: Statement, submittable: Submittable, held: Promise<NodeConnection> | undefined): void;
  /** A transaction begun by hand; `over`: on a connection that the client holds already, or soon. */
  openSession(begin: Statement, over: Promise<NodeConnection> | undefined): PinnedSession;
  /** A connection to the primary for a client whose session state matters. */
  hold(statement: Statement): Promise<NodeConnection>;
  /** A statement on that connection. */
  onHeld(
    connection: NodeConnection,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult>;
}

/**
 * What `pool.connect()` hands out: a client as node-postgres' callers know it, bound to no connection until a statement needs one
 * of its own. Inside a managed transaction every statement goes there; a BEGIN by hand opens one; session state
 * (SET, LISTEN, temporary tables, …) binds the client to one connection until it is released; everything else is
 * routed statement by statement.
 */
export class RoutedClient extends EventEmitter {
  readonly #control = new ScopedControl();
  #session: PinnedSession | undefined;
  /** The BEGIN of the session. */
  #begun: Statement | undefined;
  #held: Promise<NodeConnection> | undefined;
  #isReleased = false;
  #isListening = false;

  constructor(private readonly host: ClientHost) {
    super();
  }

  query<S extends Submittable>(submittable: S): S;
  query(input: QueryInput, values?: unknown[]): Promise<AnyResult>;
  query(input: QueryInput, values: unknown[] | undefined, callback: QueryCallback): void;
  query(input: QueryInput, callback: QueryCallback): void;
  query(
    input: QueryInput,
    valuesOrCallback?: unknown[] | QueryCallback,
    maybeCallback?: QueryCallback,
  ): Promise<AnyResult> | Submittable | undefined {
    if (isSubmittable(input)) {
      this.#submit(input);
      return input;
    }
    const [values, callback] = splitArguments(valuesOrCallback, maybeCallback);
    const result = this.#run(input as QueryConfig | string, values);
    if (!callback) return result;
    callBack(result, callback);
    return undefined;
  }

  /** Back to the pool. A transaction left open is rolled back, session state is thrown away with its connection. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#control.abandon(this.host.currentScope());
    void this.#session?.rollback();
    this.#session = undefined;
    void this.#held?.then(
      (connection) => connection.release(),
      () => undefined,
    );
  }

  async #run(input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    if (this.#isReleased) throw new ClientReleasedError();
    const statement = this.host.classify(textOf(input));
    if (this.#session) return this.#inSession(this.#session, statement, input, values);
    const scope = this.host.currentScope();
    if (scope) {
      assertMayRun(statement, scope);
      const handled = this.#control.handle(statement, scope);
      return handled ?? scope.use((session) => queryIn(session, statement, input, values));
    }
    switch (statement.kind) {
      case 'begin':
        // At once: whoever does not await BEGIN sends the next statement in the same turn.
        this.#begin(statement);
        return emptyResult('BEGIN');
      case 'commit':
      case 'rollback':
        return emptyResult(statement.kind.toUpperCase());
      default:
    }
    if (statement.session !== 'none') this.#held ??= this.host.hold(statement);
    if (!this.#held) return this.host.autocommit(statement, input, values);
    const connection = await this.#held;
    if (statement.session === 'changes' || statement.session === 'uses') connection.markSessionState();
    if (statement.kind === 'listen') this.#listen(connection);
    return this.host.onHeld(connection, input, values);
  }

  async #inSession(
    session: PinnedSession,
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
    switch (statement.kind) {
      case 'begin':
        return emptyResult('BEGIN');
      case 'commit':
        this.#endSession(statement);
        await session.commit();
        return emptyResult('COMMIT');
      case 'rollback':
        this.#endSession(statement);
        await session.rollback();
        return emptyResult('ROLLBACK');
      default:
        return queryIn(session, statement, input, values);
    }
  }

  /** From its first LISTEN on it emits `notification`, and `error` when the connection is lost, to those who listen for them. */
  #listen(connection: NodeConnection): void {
    if (this.#isListening) return;
    this.#isListening = true;
    // By itself it would be the context in which the socket was made: another request's, perhaps its transaction.
    const inContext = AsyncLocalStorage.snapshot();
    connection.onNotification((notification) => inContext(() => this.emit('notification', notification)));
    connection.onceLost((error) => {
      // Whoever does not listen to errors is told by the next statement.
      if (this.listenerCount('error') > 0) inContext(() => this.emit('error', error));
    });
  }

  #begin(statement: Statement): void {
    this.#begun = statement;
    this.#session = this.host.openSession(statement, this.#held);
  }

  /** AND CHAIN: the next one is open at once, and like this one. */
  #endSession({ transaction }: Statement): void {
    this.#session = undefined;
    if (transaction?.chain === true && this.#begun) this.#begin(this.#begun);
  }

  #submit(submittable: Submittable): void {
    if (this.#isReleased) throw new ClientReleasedError();
    const statement = this.host.classify(textOf(submittable));
    const scope = this.host.currentScope();
    const failed = (error: Error) => failSubmittable(submittable, error);
    bindToCaller(submittable);
    const changesSession = statement.session === 'changes';
    const submitIn = (session: PinnedSession) => {
      assertLocksHold(statement, session.characteristics);
      if (changesSession) session.markSessionState();
      session.submit(submittable, failed);
    };
    if (this.#session) {
      try {
        submitIn(this.#session);
      } catch (error) {
        failed(error as Error);
      }
    } else if (scope) {
      scope
        .use(async (session) => {
          assertEndsNothing(statement, scope);
          submitIn(session);
        })
        .catch(failed);
    } else {
      this.host.cursor(statement, submittable, this.#held);
    }
  }
}

async function queryIn(
  session: PinnedSession,
  statement: Statement,
  input: QueryConfig | string,
  values: unknown[] | undefined,
): Promise<AnyResult> {
  assertLocksHold(statement, session.characteristics);
  // What it leaves on the connection outlives the transaction, and is nobody else's.
  if (statement.session === 'changes') session.markSessionState();
  return session.query(input, values);
}
