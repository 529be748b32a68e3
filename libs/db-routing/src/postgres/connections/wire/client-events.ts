import type { PoolClient } from 'pg';

/** A message of the server that answers no statement. */
export type ServerEvent = 'notification' | 'notice';

type TellEvent = (event: ServerEvent, message: unknown) => void;

/**
 * What the driver's client reports besides answers, for the borrower of its connection. Listens once for all
 * borrowers: an emitter whose listeners come and go makes new tables for them, and an old table keeps alive
 * what its borrowers have used, until the next full collection.
 */
export class ClientEvents {
  #onError: ((error: Error) => void) | undefined;
  #tell: TellEvent | undefined;

  /** Listens to the client until its end. */
  constructor(client: PoolClient) {
    client.on('error', (error) => this.#onError?.(error));
    client.on('notification', (message) => this.#tell?.('notification', message));
    client.on('notice', (message) => this.#tell?.('notice', message));
  }

  /** Reports errors to a new borrower. */
  lend(onError: (error: Error) => void): void {
    this.#onError = onError;
  }

  /** Also reports each notification and notice of the server. */
  forward(tell: TellEvent): void {
    this.#tell = tell;
  }

  /** Reports nothing but errors from now on. */
  stopForwarding(): void {
    this.#tell = undefined;
  }

  /** Reports nothing until the next borrower. */
  takeBack(): void {
    this.#onError = undefined;
    this.#tell = undefined;
  }
}
