import { RoutingError, TransientRoutingError } from './routing-error';

/**
 * A Consistency-Token was refused: it is malformed, forged or expired, belongs to another subject or cluster,
 * or is ahead of everything that the primary has. Nothing was executed.
 */
export class InvalidConsistencyTokenError extends RoutingError {
  readonly code = 'CONSISTENCY_TOKEN_INVALID';

  constructor(readonly objection: string) {
    super(`the Consistency-Token is ${objection}`);
  }
}

/** The request used up its time for the database; statements still running were cancelled on the server. */
export class RequestTimeoutError extends TransientRoutingError {
  readonly code = 'REQUEST_TIMEOUT';

  constructor(readonly budgetMs: number) {
    super(`the request used up its ${budgetMs} ms for the database; its running statements were cancelled`);
  }
}

/** The client disconnected before its answer; statements still running were cancelled on the server. */
export class RequestAbortedError extends RoutingError {
  readonly code = 'REQUEST_ABORTED';

  constructor() {
    super('the client disconnected; its running statements were cancelled');
  }
}
