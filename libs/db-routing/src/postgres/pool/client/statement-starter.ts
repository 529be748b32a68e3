import type { QueryConfig, Submittable } from 'pg';
import type { Statement } from '../../../engine/statement';
import { type AnyResult, textOf } from '../../protocol/query-types';
import { queryInScope, submitInScope } from '../statements/in-scope';
import type { Statements } from '../statements/statements';
import { failSubmittable, holdEnd } from '../statements/submittable';
import { ScopedControl } from '../transactions/transaction-statements';
import type { ClientBinding } from './client-binding';
import { DefinitionChanges } from './definition-changes';

/** A statement that has started. */
interface Started<T> {
  /** Resolves when the statement is answered, or the cursor, stream or query object is closed. */
  readonly end: Promise<T>;
  /**
   * Whether the client's next statement must wait for the end. On one connection, the server keeps the order.
   */
  readonly holdsUp: boolean;
}

/**
 * Starts each statement of a client where it belongs: on the connection of a bound client, in the managed
 * transaction of the calling code, on any node for a plain read, or on a connection to the primary, which
 * binds the client.
 */
export class StatementStarter {
  readonly #statements: Statements;
  readonly #binding: ClientBinding;
  readonly #control = new ScopedControl();
  readonly #definitions: DefinitionChanges;

  constructor(statements: Statements, binding: ClientBinding) {
    this.#statements = statements;
    this.#binding = binding;
    this.#definitions = new DefinitionChanges(statements, binding);
  }

  /**
   * Starts a statement. Throws DeniedByRuleError when a rule denies it, PoolerStateError when the pool's
   * pooler would lose its effect on the backend session, and ReadOnlyTransactionError when it writes in a
   * read-only transaction.
   */
  query(input: QueryConfig | string, values: unknown[] | undefined): Started<AnyResult> {
    const statement = this.#statements.understand(textOf(input));
    const { bound } = this.#binding;
    if (bound) {
      const answer = this.#binding.query(bound, statement, input, values);
      return { end: this.#definitions.after(statement, answer), holdsUp: false };
    }
    const scope = this.#statements.currentScope;
    if (scope) {
      return { end: queryInScope(scope, this.#control, statement, input, values), holdsUp: false };
    }
    const end = this.#binding.isNeededFor(statement)
      ? this.#definitions.after(statement, this.#binding.bind(statement, input, values))
      : this.#statements.autocommit(statement, input, values);
    return { end, holdsUp: true };
  }

  /**
   * Starts a cursor, stream or query object. Throws DeniedByRuleError and PoolerStateError like query();
   * other errors go to the object.
   */
  submit(submittable: Submittable): Started<void> {
    const statement = this.#statements.understand(textOf(submittable));
    const fail = (error: unknown) => failSubmittable(submittable, error as Error);
    const { bound } = this.#binding;
    // A bound client does not join a managed transaction.
    const scope = bound ? undefined : this.#statements.currentScope;
    if (!scope && this.#definitions.concern(statement)) {
      holdEnd(submittable, () => this.#statements.settleDefinitions());
    }
    if (bound) {
      const closed = this.#binding.submit(bound, statement, submittable);
      return { end: this.#definitions.afterClosing(statement, closed), holdsUp: false };
    }
    if (scope) {
      submitInScope(scope, statement, submittable, fail);
      return { end: Promise.resolve(), holdsUp: false };
    }
    const end = this.#binding.isNeededFor(statement)
      ? this.#bindBy(statement, submittable).catch(fail)
      : this.#statements.cursor(statement, submittable);
    return { end, holdsUp: true };
  }

  /**
   * Called when the client is released: rolls back what it has begun in the managed transaction of the
   * calling code.
   */
  abandon(): void {
    this.#control.abandon(this.#statements.currentScope);
  }

  async #bindBy(statement: Statement, submittable: Submittable): Promise<void> {
    const connection = await this.#statements.acquireForClient(statement);
    const closed = this.#binding.bindTo(connection, statement, submittable);
    await this.#definitions.afterClosing(statement, closed);
  }
}
