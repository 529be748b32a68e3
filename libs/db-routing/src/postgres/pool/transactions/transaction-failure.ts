import { TransactionRolledBackError } from '../../../errors';
import { sqlStateMeans, sqlStateOf } from '../../sqlstates';

const LONGEST_TEXT = 200;

/**
 * Remembers the first statement that failed in a transaction: PostgreSQL refuses all later ones, and does not
 * say why.
 */
export class TransactionFailure {
  #first: { readonly text: string; readonly error: Error } | undefined;

  /**
   * The error for the caller of a statement that failed: the server's own. If the server refused the
   * statement because of an earlier failure, the error names that failure.
   */
  of(text: string, error: unknown): unknown {
    if (!(error instanceof Error) || sqlStateOf(error) === undefined) return error;
    if (!sqlStateMeans(error, 'aborted')) {
      this.#first ??= { text, error };
    } else if (this.#first) {
      const { text: failed, error: cause } = this.#first;
      error.message += `; it was aborted by "${failed.slice(0, LONGEST_TEXT)}": ${cause.message}`;
      error.cause = cause;
    }
    return error;
  }

  /**
   * The error for a COMMIT of `transaction` that the server answered with another tag: it has rolled back
   * after a failure.
   */
  atCommit(transaction: string, command: string): TransactionRolledBackError {
    const why = `a statement in it had failed, so the server answered COMMIT with ${command}`;
    return new TransactionRolledBackError(transaction, why, { cause: this.#first?.error });
  }

  /** Forgets the failure: the transaction continues from before it. */
  undone(): void {
    this.#first = undefined;
  }
}
