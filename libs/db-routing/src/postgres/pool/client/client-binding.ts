import type { EventEmitter } from 'node:events';
import type { QueryConfig, Submittable } from 'pg';
import { asyncContext } from '../../../async-context';
import type { Statement } from '../../../engine/statement';
import { liftLimits } from '../../connections/lift-limits';
import type { NodeConnection } from '../../connections/node-connection';
import type { AnyResult } from '../../protocol/query-types';
import type { BoundConnection } from '../statements/bound-connection';
import { isPlainRead } from '../statements/statement-traits';
import type { Statements } from '../statements/statements';

/**
 * Binds a client to an exclusive connection to the primary, and runs its statements there. The client stays
 * bound until it is released.
 */
export class ClientBinding {
  readonly #client: EventEmitter;
  readonly #statements: Statements;
  #bound: BoundConnection | undefined;
  #needsPrimary = false;
  #isUnlimited = false;
  #isClientReleased = false;
  /** Whether the connection was given back, or there was none to give back. */
  #isReleased = false;

  constructor(client: EventEmitter, statements: Statements) {
    this.#client = client;
    this.#statements = statements;
  }

  /** Undefined while the client is free. */
  get bound(): BoundConnection | undefined {
    return this.#bound;
  }

  /** Whether a free client must be bound to run the statement. */
  isNeededFor(statement: Statement): boolean {
    return this.#needsPrimary || !isPlainRead(statement);
  }

  /** From now on plain reads bind the client, too. */
  usePrimary(): void {
    this.#needsPrimary = true;
  }

  /** As usePrimary(); also lifts the limits of the connection. */
  useUnlimitedPrimary(): void {
    this.usePrimary();
    if (this.#bound && !this.#isUnlimited) liftLimits(this.#bound.connection);
    this.#isUnlimited = true;
  }

  /** Runs a statement of a bound client. */
  query(
    bound: BoundConnection,
    statement: Statement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
    const answer = bound.query(statement, input, values, this.#statements.session);
    this.#followBegin(statement, bound);
    return answer;
  }

  /** Runs a cursor, stream or query object of a bound client. Resolves when it is closed, or has failed. */
  submit(bound: BoundConnection, statement: Statement, submittable: Submittable): Promise<void> {
    const closed = bound.submit(statement, submittable, this.#statements.session);
    this.#followBegin(statement, bound);
    return closed;
  }

  /** Runs a statement of a free client, and binds the client to its connection. */
  bind(statement: Statement, input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    const keep = (connection: NodeConnection) => this.#adopt(connection);
    return this.#statements.bind(statement, input, values, keep).then(
      (result) => {
        this.#hasBound(statement, result);
        return result;
      },
      (error: unknown) => {
        this.#hasBound(statement, undefined);
        throw error;
      },
    );
  }

  #hasBound(statement: Statement, result: AnyResult | undefined): void {
    if (!this.#bound) return;
    this.#bound.adopt(statement, result);
    this.#followBegin(statement, this.#bound);
  }

  /**
   * Binds a free client to the connection, and runs a cursor, stream or query object there. Resolves like
   * submit().
   */
  bindTo(connection: NodeConnection, statement: Statement, submittable: Submittable): Promise<void> {
    return this.submit(this.#adopt(connection), statement, submittable);
  }

  /** Called when the client is released: it emits no `error` any more if its connection breaks. */
  ignoreLoss(): void {
    this.#isClientReleased = true;
  }

  /** Gives the connection back. `reason`: true or an error closes it. */
  release(reason: Error | boolean | undefined): void {
    this.#isReleased = true;
    this.#bound?.release(reason, this.#statements.session);
  }

  #adopt(connection: NodeConnection): BoundConnection {
    // An earlier connection did not lead to the primary, or broke before it ran anything.
    this.#bound?.release(true, undefined);
    const bound = this.#statements.bound(connection);
    this.#bound = bound;
    // The request ended while its statement waited for a connection; nothing is sent on one that comes now.
    if (this.#isReleased) bound.release(undefined, undefined);
    if (this.#isUnlimited) liftLimits(connection);
    // Otherwise listeners would run in the context in which the socket was opened: that of another request,
    // perhaps in its transaction.
    const inContext = asyncContext();
    connection.forward((event, message) => inContext(() => this.#client.emit(event, message)));
    connection.onceLost((error) => {
      // Without a listener, emitting `error` would end the process; the client's next statement fails
      // instead.
      if (!this.#isClientReleased && this.#client.listenerCount('error') > 0) {
        inContext(() => this.#client.emit('error', error));
      }
    });
    return bound;
  }

  /**
   * Sends behind BEGIN the durability that a rule sets, and behind a pooler the limits of the transaction.
   */
  #followBegin(statement: Statement, bound: BoundConnection): void {
    if (statement.kind !== 'begin') return;
    const durability = this.#statements.durabilityOf(statement);
    if (durability !== undefined) bound.append(`SET LOCAL synchronous_commit = ${durability}`);
    for (const text of this.#statements.limitSql) bound.append(text);
  }
}
