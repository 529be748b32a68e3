import { RoutingError, TransientRoutingError } from './routing-error';

/** Every connection of the node's pool is in use and none came back in time. */
export class PoolExhaustedError extends TransientRoutingError {
  readonly code = 'POOL_EXHAUSTED';

  constructor(
    readonly node: string,
    readonly poolSize: number,
    readonly acquireTimeoutMs: number,
  ) {
    super(
      `all ${poolSize} connections to ${node} are in use, and none came free within ${acquireTimeoutMs} ms`,
    );
  }
}

/** A connection to the node could not be made in time, or at all. */
export class ConnectFailedError extends TransientRoutingError {
  readonly code = 'CONNECT_FAILED';

  constructor(
    readonly node: string,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`cannot connect to ${node}: ${detail}`, options);
  }
}

/** The connection broke while a statement was on it. */
export class ConnectionLostError extends TransientRoutingError {
  readonly code = 'CONNECTION_LOST';

  constructor(
    readonly node: string,
    options?: ErrorOptions,
  ) {
    super(`the connection to ${node} broke while it was in use`, options);
  }
}

/** A client was used after release(). */
export class ClientReleasedError extends RoutingError {
  readonly code = 'CLIENT_RELEASED';

  constructor() {
    super('the client was released and cannot be used any more');
  }
}

/** The pool was told to end. */
export class PoolEndedError extends TransientRoutingError {
  readonly code = 'POOL_ENDED';

  constructor() {
    super('the database pool has been closed');
  }
}
