import type { Statement } from '../../../engine/statement';
import type { AnyResult } from '../../protocol/query-types';
import type { Statements } from '../statements/statements';
import type { ClientBinding } from './client-binding';

/**
 * Tracks whether a client may have changed definitions (functions, views, tables …). Once they are committed,
 * the client's caller gets its answer only when the pool knows them.
 */
export class DefinitionChanges {
  readonly #statements: Pick<Statements, 'settleDefinitions'>;
  readonly #binding: Pick<ClientBinding, 'bound'>;
  /** The client has sent a statement that may change definitions. */
  #isAffected = false;
  /** The client may have changed definitions that the pool does not know yet. */
  #arePending = false;

  constructor(statements: Pick<Statements, 'settleDefinitions'>, binding: Pick<ClientBinding, 'bound'>) {
    this.#statements = statements;
    this.#binding = binding;
  }

  /** Whether the statement may change definitions, or may commit changes that the client has made before. */
  concern({ mayDefine }: Statement): boolean {
    return this.#isAffected || mayDefine === true;
  }

  /**
   * The answer to a statement on the client's connection; delayed, where necessary, until the pool knows the
   * changes.
   */
  after(statement: Statement, answer: Promise<AnyResult>): Promise<AnyResult> {
    this.#isAffected ||= statement.mayDefine === true;
    return this.#isAffected ? this.#delayed(statement, answer) : answer;
  }

  /** The same for the closing of a cursor, stream or query object. */
  async afterClosing(statement: Statement, closed: Promise<void>): Promise<void> {
    this.#isAffected ||= statement.mayDefine === true;
    await closed;
    if (this.#isAffected) await this.#note(statement, this.#isInTransaction);
  }

  async #delayed(statement: Statement, answer: Promise<AnyResult>): Promise<AnyResult> {
    try {
      const result = await answer;
      const isOpen = this.#binding.bound?.hasLeftOpen(result) === true;
      await this.#note(statement, isOpen);
      return result;
    } catch (error) {
      // A text that fails may have committed an earlier part of itself.
      await this.#note(statement, this.#isInTransaction);
      throw error;
    }
  }

  get #isInTransaction(): boolean {
    return this.#binding.bound?.isInTransaction === true;
  }

  async #note(statement: Statement, isOpen: boolean): Promise<void> {
    if (statement.mayDefine) this.#arePending = true;
    if (isOpen || !this.#arePending) return;
    this.#arePending = false;
    await this.#statements.settleDefinitions();
  }
}
