import type { Statement } from '../../../engine/statement';
import type { AnyResult } from '../../protocol/query-types';
import type { BoundConnection } from '../statements/bound-connection';
import type { Statements } from '../statements/statements';

/**
 * Definitions (functions, views, tables …) that a client may have changed. Once they are committed, its caller gets the answer only when they
 * are known.
 */
export class DefinitionChanges {
  #isAffected = false;
  #arePending = false;

  constructor(private readonly statements: Pick<Statements, 'settleDefinitions'>) {}

  /** Whether the statement may change some, or may commit changes that the client has made before. */
  concern({ mayDefine }: Statement): boolean {
    return this.#isAffected || mayDefine === true;
  }

  /** Passes on the answer of a statement that `bound` was sent. */
  after(
    statement: Statement,
    answer: Promise<AnyResult>,
    bound: () => BoundConnection | undefined,
  ): Promise<AnyResult> {
    this.#isAffected ||= statement.mayDefine === true;
    return this.#isAffected ? this.#pass(statement, answer, bound) : answer;
  }

  /** A cursor, stream or query object has been closed. */
  async afterClosing(statement: Statement, closed: Promise<void>, bound: BoundConnection): Promise<void> {
    this.#isAffected ||= statement.mayDefine === true;
    await closed;
    if (this.#isAffected) await this.#note(statement, bound.isInTransaction);
  }

  async #pass(
    statement: Statement,
    answer: Promise<AnyResult>,
    bound: () => BoundConnection | undefined,
  ): Promise<AnyResult> {
    try {
      const result = await answer;
      await this.#note(statement, bound()?.connection.isInTransactionAfter(result) === true);
      return result;
    } catch (error) {
      // What failed may have committed something before.
      await this.#note(statement, bound()?.isInTransaction === true);
      throw error;
    }
  }

  async #note(statement: Statement, isOpen: boolean): Promise<void> {
    if (statement.mayDefine) this.#arePending = true;
    if (isOpen || !this.#arePending) return;
    this.#arePending = false;
    await this.statements.settleDefinitions();
  }
}
