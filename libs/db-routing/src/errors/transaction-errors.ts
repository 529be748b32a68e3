import { RoutingError, TransientRoutingError } from './routing-error';

/** Code used a transaction scope after it had ended. */
export class TransactionEndedError extends RoutingError {
  readonly code = 'TRANSACTION_ENDED';

  constructor(
    readonly scope: string,
    readonly outcome: string,
  ) {
    super(
      `the transaction scope '${scope}' has ended (${outcome}), but work that it started still uses it: ` +
        'await everything inside the scope',
    );
  }
}

/** A scope ended while a nested scope that it had started was still running. */
export class TransactionScopeUnfinishedError extends RoutingError {
  readonly code = 'TRANSACTION_SCOPE_UNFINISHED';

  constructor(
    readonly scope: string,
    readonly unfinished: string,
  ) {
    super(
      `the transaction scope '${scope}' ended while the scope '${unfinished}' inside it was still open; ` +
        'it was rolled back: await the inner scope',
    );
  }
}

/** The options of a scope contradict those of the open transaction that it would join. */
export class TransactionOptionsError extends RoutingError {
  readonly code = 'TRANSACTION_OPTIONS_CONFLICT';

  constructor(
    readonly scope: string,
    readonly option: string,
    readonly asked: unknown,
    readonly open: unknown,
    openScope: string,
  ) {
    super(
      `'${scope}' asks for ${option} ${String(asked)}, but the open transaction '${openScope}' ` +
        `has ${option} ${String(open)}; ` +
        'join it without that option, or use REQUIRES_NEW',
    );
  }
}

/** A scope with propagation MANDATORY ran outside a transaction, or one with NEVER ran inside one. */
export class TransactionPropagationError extends RoutingError {
  readonly code = 'TRANSACTION_PROPAGATION';

  constructor(
    readonly scope: string,
    readonly propagation: string,
    openScope: string | undefined,
  ) {
    super(
      openScope === undefined
        ? `'${scope}' has propagation ${propagation} and needs an open transaction, but there is none`
        : `'${scope}' has propagation ${propagation} and cannot run inside the transaction '${openScope}'`,
    );
  }
}

/** Code sent BEGIN, COMMIT or ROLLBACK by hand in a transaction that it may not control. */
export class TransactionControlError extends RoutingError {
  readonly code = 'TRANSACTION_CONTROL';

  constructor(
    readonly scope: string,
    readonly command: string,
    why: string,
  ) {
    super(`${command} inside the transaction '${scope}': ${why}`);
  }
}

/** The transaction was rolled back although its function returned normally. */
export class TransactionRolledBackError extends RoutingError {
  readonly code = 'TRANSACTION_ROLLED_BACK';

  constructor(
    readonly scope: string,
    readonly why: string,
    options?: ErrorOptions,
  ) {
    super(`the transaction '${scope}' was rolled back: ${why}`, options);
  }
}

/** The transaction exceeded its time limit and was rolled back on the server. */
export class TransactionTimeoutError extends TransientRoutingError {
  readonly code = 'TRANSACTION_TIMEOUT';

  constructor(
    readonly scope: string,
    readonly timeoutMs: number,
  ) {
    super(`the transaction '${scope}' took longer than its limit of ${timeoutMs} ms and was rolled back`);
  }
}

/** A read-only transaction was asked to run a write. */
export class ReadOnlyTransactionError extends RoutingError {
  readonly code = 'TRANSACTION_READ_ONLY';

  constructor(
    readonly scope: string,
    readonly statement: string,
  ) {
    super(`the transaction '${scope}' is read-only and cannot run: ${statement}`);
  }
}

/**
 * COMMIT was sent, but its answer was lost: the transaction may or may not have been committed. Also raised
 * when the answer arrived, but the server was lost before it gave the position of the commit and no primary
 * could give it either: the commit may be lost with that server. Do not retry blindly: use an idempotency
 * key, or check the data.
 */
export class CommitOutcomeUnknownError extends TransientRoutingError {
  readonly code = 'COMMIT_OUTCOME_UNKNOWN';

  constructor(
    readonly scope: string,
    lost: 'answer' | 'position',
    options?: ErrorOptions,
  ) {
    super(
      `COMMIT of the transaction '${scope}' was sent, but its ${lost} was lost: it may have been committed`,
      options,
    );
  }
}
