import { DatabaseError, type PoolClient } from 'pg';
import { clientInternals } from './driver-internals';

/**
 * Tells the error of a statement from the end of its connection, by what the server does after it: ReadyForQuery, or a goodbye. What the
 * error says is no help: any function may raise any SQLSTATE, and the severity that the driver passes on is translated.
 */
export class ErrorVerdict {
  #isBound = false;
  #waiting: ((isLost: boolean) => void) | undefined;

  /** For the client's whole life. */
  constructor(private readonly client: PoolClient) {
    const { connection } = client;
    connection.on('bindComplete', () => (this.#isBound = true));
    connection.on('readyForQuery', () => {
      this.#isBound = false;
      this.#settle(false);
    });
    client.on('error', () => this.#settle(true));
    client.on('end', () => this.#settle(true));
  }

  /** Whether the server has bound values to the statement that it answers: before that nothing of it is executed. */
  get isBound(): boolean {
    return this.#isBound;
  }

  /** Calls back with whether the connection is lost, once that is known. For the statement that is being answered. */
  of(error: Error, onVerdict: (isLost: boolean) => void): void {
    const { readyForQuery, _queryable: isQueryable, _ending: isEnding } = clientInternals(this.client);
    // What the driver says itself (or a caller's type parser) nothing follows on.
    if (error instanceof DatabaseError && isQueryable && !readyForQuery) this.#waiting = onVerdict;
    else onVerdict(!isQueryable || isEnding);
  }

  #settle(isLost: boolean): void {
    const tell = this.#waiting;
    this.#waiting = undefined;
    tell?.(isLost);
  }
}
