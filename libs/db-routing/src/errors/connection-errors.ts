import { RoutingError, TransientRoutingError } from './routing-error';

/** Every connection of the node's pool is in use and none came back in time. */
export class PoolExhaustedError extends TransientRoutingError {
  readonly code = 'POOL_EXHAUSTED';

  constructor(
    readonly node: string,
    readonly poolSize: number,
    readonly acquireTimeoutMs: number,
    /** Which option has set the limit. After `readQueueWaitMs` a read has waited for as long as it may, on whichever node. */
    readonly limit: 'acquireTimeoutMs' | 'readQueueWaitMs' = 'acquireTimeoutMs',
  ) {
    super(
      `all ${poolSize} connections to ${node} are in use, and none came free within ${acquireTimeoutMs} ms (${limit})`,
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

/** A client was asked for its connection to a server before it had one. */
export class UnboundClientError extends RoutingError {
  readonly code = 'CLIENT_UNBOUND';

  constructor() {
    super(
      'the client has no connection of its own yet: it gets one with its first statement that is no plain read; ' +
        'call usePrimary() and run a statement first',
    );
  }
}

/** Something of node-postgres that cannot be had here. */
export class UnsupportedFeatureError extends RoutingError {
  readonly code = 'UNSUPPORTED';

  constructor(
    readonly feature: string,
    instead: string,
  ) {
    super(`${feature} is not supported: ${instead}`);
  }
}

/** What the application does to each new connection (`onConnect`) has failed: the connection was closed. */
export class ConnectHookError extends RoutingError {
  readonly code = 'CONNECT_HOOK_FAILED';

  constructor(options: ErrorOptions) {
    super('onConnect failed for a new connection, which was closed', options);
  }
}

/** The pool was told to end. */
export class PoolEndedError extends TransientRoutingError {
  readonly code = 'POOL_ENDED';

  constructor() {
    super('Cannot use a pool after calling end on the pool');
  }
}
