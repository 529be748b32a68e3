import { RoutingError, TransientRoutingError } from './routing-error';

/** The node taken for the primary refused a write: it is, or has become, a replica. Nothing was executed. */
export class PrimaryChangedError extends TransientRoutingError {
  readonly code = 'PRIMARY_CHANGED';

  constructor(
    readonly node: string,
    options?: ErrorOptions,
  ) {
    super(`${node} refused the write as read-only: it is not the primary any more`, options);
  }
}

/** The statement took longer than a routing rule allows; it was cancelled on the server. */
export class RuleTimeoutError extends TransientRoutingError {
  readonly code = 'RULE_TIMEOUT';

  constructor(
    readonly rule: string,
    readonly timeoutMs: number,
    options?: ErrorOptions,
  ) {
    super(
      `the statement took longer than the ${timeoutMs} ms that ${rule} allows and was cancelled`,
      options,
    );
  }
}

/**
 * A write outside of a transaction was sent and its answer was lost, or did not come in the request's time: it may have been executed or
 * not. Or the answer came, and its position was lost as with CommitOutcomeUnknownError. Never retry blindly; an idempotency key, or a look at
 * the data, resolves it.
 */
export class WriteOutcomeUnknownError extends TransientRoutingError {
  readonly code = 'WRITE_OUTCOME_UNKNOWN';

  constructor(lost: 'answer' | 'position', options?: ErrorOptions) {
    super(`a write was sent, but its ${lost} was lost: it may have been executed`, options);
  }
}

/** The statement leaves something on its connection, which a pooler that works by transaction gives to others. Nothing was sent. */
export class PoolerStateError extends RoutingError {
  readonly code = 'POOLER_STATE';

  constructor(
    readonly statement: string,
    readonly effect: string,
  ) {
    super(
      `'${statement.slice(0, 100)}' needs a backend session of its own (${effect}), and with pooler 'transaction' there is none`,
    );
  }
}
