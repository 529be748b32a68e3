import { RoutingError, TransientRoutingError } from './routing-error';

/**
 * A Consistency-Token that is not believed: malformed, forged, expired, of another subject or cluster, or ahead of everything that the
 * primary has. Nothing was done.
 */
export class InvalidConsistencyTokenError extends RoutingError {
  readonly code = 'CONSISTENCY_TOKEN_INVALID';

  constructor(readonly objection: string) {
    super(`the Consistency-Token is ${objection}`);
  }
}

/** The request's time for the database is spent; what ran was cancelled on the server. */
export class RequestTimeoutError extends TransientRoutingError {
  readonly code = 'REQUEST_TIMEOUT';

  constructor(readonly budgetMs: number) {
    super(`the request used up its ${budgetMs} ms for the database; what ran was cancelled`);
  }
}

/** Nobody waits for the answer any more; what ran was cancelled on the server. */
export class RequestAbortedError extends RoutingError {
  readonly code = 'REQUEST_ABORTED';

  constructor() {
    super('the client went away, and what ran for it was cancelled');
  }
}
