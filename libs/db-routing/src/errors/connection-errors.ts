import { RoutingError, TransientRoutingError } from './routing-error';

/** Every connection to the node was in use, and none came free in time. */
export class PoolExhaustedError extends TransientRoutingError {
  readonly code = 'POOL_EXHAUSTED';

  constructor(
    readonly node: string,
    readonly poolSize: number,
    readonly acquireTimeoutMs: number,
    /**
     * The option that set the limit. `readQueueWaitMs` bounds the whole wait of one read, across all nodes
     * that it tries.
     */
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
    super('the client was released and can no longer be used');
  }
}

/** A caller asked a client for its connection to a server before the client had one. */
export class UnboundClientError extends RoutingError {
  readonly code = 'CLIENT_UNBOUND';

  constructor() {
    super(
      'the client has no exclusive connection yet: it gets one with its first statement that is not a plain read; ' +
        'call usePrimary() and run a statement first',
    );
  }
}

/** The caller used a feature of node-postgres that the pool does not offer. */
export class UnsupportedFeatureError extends RoutingError {
  readonly code = 'UNSUPPORTED';

  constructor(
    readonly feature: string,
    instead: string,
  ) {
    super(`${feature} is not supported: ${instead}`);
  }
}

/** The application's `onConnect` failed for a new connection, which was closed. */
export class ConnectHookError extends RoutingError {
  readonly code = 'CONNECT_HOOK_FAILED';

  constructor(options: ErrorOptions) {
    super('onConnect failed for a new connection, which was closed', options);
  }
}

/** The pool is ending or has ended. */
export class PoolEndedError extends TransientRoutingError {
  readonly code = 'POOL_ENDED';

  constructor() {
    super('Cannot use a pool after calling end on the pool');
  }
}
