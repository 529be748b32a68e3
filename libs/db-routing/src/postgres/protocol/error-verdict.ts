import { DatabaseError, type PoolClient } from 'pg';
import { clientInternals } from './driver-internals';

/**
 * Tells the error of a statement from the end of the backend session, by what the server does next: it sends
 * ReadyForQuery, or closes the connection. The error itself does not tell: any function may raise any
 * SQLSTATE, and the severity that the driver passes on is translated.
 */
export class ErrorVerdict {
  #isBound = false;
  #waiting: ((isLost: boolean) => void) | undefined;

  /** Listens to the client until its end. */
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

  /**
   * Whether the server has bound the values of the statement that it answers; it executes nothing before
   * that.
   */
  get isBound(): boolean {
    return this.#isBound;
  }

  /**
   * Calls back, once known, with whether the connection is lost. `error` is that of the statement being
   * answered.
   */
  of(error: Error, onVerdict: (isLost: boolean) => void): void {
    const { readyForQuery, _queryable: isQueryable, _ending: isEnding } = clientInternals(this.client);
    // The server sends nothing after an error of the driver, or of a caller's type parser.
    if (error instanceof DatabaseError && isQueryable && !readyForQuery) this.#waiting = onVerdict;
    else onVerdict(!isQueryable || isEnding);
  }

  #settle(isLost: boolean): void {
    const tell = this.#waiting;
    this.#waiting = undefined;
    tell?.(isLost);
  }
}
