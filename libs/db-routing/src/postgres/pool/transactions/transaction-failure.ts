import { TransactionRolledBackError } from '../../../errors';
import { sqlStateMeans, sqlStateOf } from '../../sqlstates';

const LONGEST_TEXT = 200;

/** Which statement has failed in a transaction: PostgreSQL refuses all that follow, and does not say why. */
export class TransactionFailure {
  #first: { readonly text: string; readonly error: Error } | undefined;

  /** The error that has aborted the transaction. */
  get first(): Error | undefined {
    return this.#first?.error;
  }

  /** What the caller of a statement is told of its error: the server's own, and if it is a mere consequence, of what. */
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

  /** The server has answered the COMMIT of `transaction` with another tag: it commits nothing after a failure, and calls that no error. */
  atCommit(transaction: string, command: string): TransactionRolledBackError {
    const why = `a statement in it had failed, so the server answered COMMIT with ${command}`;
    return new TransactionRolledBackError(transaction, why, { cause: this.first });
  }

  /** The transaction goes on from a savepoint before the failure. */
  undone(): void {
    this.#first = undefined;
  }
}
