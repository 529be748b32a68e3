import { RoutingError, TransientRoutingError } from './routing-error';

/**
 * The presumed primary refused a write as read-only: it is, or has become, a replica. Nothing was executed.
 */
export class PrimaryChangedError extends TransientRoutingError {
  readonly code = 'PRIMARY_CHANGED';

  constructor(
    readonly node: string,
    options?: ErrorOptions,
  ) {
    super(`${node} refused the write as read-only: it is no longer the primary`, options);
  }
}

/** The statement ran longer than a routing rule allows; it was cancelled on the server. */
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
 * A write outside a transaction was sent, but its answer was lost or did not arrive within the request's
 * time: the write may or may not have been executed. Also raised when the answer arrived but its position was
 * lost, as with CommitOutcomeUnknownError. Do not retry blindly: use an idempotency key, or check the data.
 */
export class WriteOutcomeUnknownError extends TransientRoutingError {
  readonly code = 'WRITE_OUTCOME_UNKNOWN';

  constructor(lost: 'answer' | 'position', options?: ErrorOptions) {
    super(`a write was sent, but its ${lost} was lost: it may have been executed`, options);
  }
}

/**
 * The statement would leave state on its backend session, which a transaction pooler shares between clients.
 * Nothing was sent.
 */
export class PoolerStateError extends RoutingError {
  readonly code = 'POOLER_STATE';

  constructor(
    readonly statement: string,
    readonly effect: string,
  ) {
    super(
      `'${statement.slice(0, 100)}' needs its own backend session (${effect}), ` +
        "which pooler 'transaction' cannot give it",
    );
  }
}
