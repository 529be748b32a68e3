/**
 * Root of every error that this library raises itself. Errors of PostgreSQL and of the driver
 * are passed on as they are.
 */
export abstract class RoutingError extends Error {
  /** Stable, for programs: never changes with the wording of the message. */
  abstract readonly code: string;
  /** True when the same request may succeed later without any change to it. */
  readonly isTransient: boolean = false;
  /** When to try again, in milliseconds, where something better than a guess is known. */
  readonly retryAfterMs?: number;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Base of the errors that a later, identical request may not meet again. */
abstract class TransientRoutingError extends RoutingError {
  override readonly isTransient = true;
  override readonly retryAfterMs: number = 1000;
}

/** An option that cannot work; names the option, the value and the limit. */
export class ConfigurationError extends RoutingError {
  readonly code = 'CONFIGURATION_INVALID';

  constructor(
    readonly option: string,
    readonly value: unknown,
    readonly limit: string,
  ) {
    super(`${option} is ${typeof value === 'string' ? `'${value}'` : String(value)}: ${limit}`);
  }
}

/** No node could be reached within the time allowed for starting. */
export class DatabaseUnreachableError extends TransientRoutingError {
  readonly code = 'DATABASE_UNREACHABLE';

  constructor(
    readonly waitedMs: number,
    readonly reasons: Readonly<Record<string, string>>,
  ) {
    const nodes = Object.entries(reasons).map(([node, reason]) => `${node}: ${reason}`);
    super(`no database node could be used within ${Math.round(waitedMs)} ms (${nodes.join('; ')})`);
  }
}

/**
 * The schema has changed under a prepared statement in the middle of a transaction, which has to begin again. Elsewhere the statement is simply
 * run again.
 */
export class OutdatedPlanError extends TransientRoutingError {
  readonly code = 'PLAN_OUTDATED';

  constructor(options?: ErrorOptions) {
    super('the schema changed during the transaction: run it again', options);
  }
}

/** A statement needs the primary and none is known. */
export class NoPrimaryError extends TransientRoutingError {
  readonly code = 'NO_PRIMARY';

  constructor(readonly detail: string) {
    super(`no primary to run this on: ${detail}`);
  }
}

/** Too many writes wait for a primary already. */
export class FailoverQueueFullError extends TransientRoutingError {
  readonly code = 'FAILOVER_QUEUE_FULL';

  constructor(readonly maxWaiting: number) {
    super(`there is no primary, and ${maxWaiting} writes wait for one already, which is the limit`);
  }
}

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

/** Reads that no replica can serve are as many on the primary as are allowed there. */
export class SpillLimitError extends TransientRoutingError {
  readonly code = 'SPILL_LIMIT';

  constructor(
    readonly maxConcurrent: number,
    readonly waitedMs: number,
  ) {
    super(
      `no replica is fit, and ${maxConcurrent} reads run on the primary already, which is the limit; waited ${waitedMs} ms`,
    );
  }
}

/** A read found no node that may serve it. */
export class NoFitNodeError extends TransientRoutingError {
  readonly code = 'NO_FIT_NODE';

  constructor(readonly detail: string) {
    super(`no node is fit to serve this read: ${detail}`);
  }
}

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

/** Work ran on after the transaction it belongs to had ended. */
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

/** A scope ended while a nested scope that it started was still at work. */
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

/** Options of a scope contradict those of the transaction that it would join. */
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
      `'${scope}' asks for ${option} ${String(asked)}, but the open transaction '${openScope}' has ${option} ${String(open)}; ` +
        'join it without that option, or use REQUIRES_NEW',
    );
  }
}

/** MANDATORY without a transaction, or NEVER within one. */
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

/** BEGIN, COMMIT or ROLLBACK by hand where the transaction is not the caller's to end. */
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

/** The whole transaction took longer than its limit; it was rolled back on the server. */
export class TransactionTimeoutError extends TransientRoutingError {
  readonly code = 'TRANSACTION_TIMEOUT';

  constructor(
    readonly scope: string,
    readonly timeoutMs: number,
  ) {
    super(`the transaction '${scope}' took longer than its limit of ${timeoutMs} ms and was rolled back`);
  }
}

/** A write inside a read-only transaction. */
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
 * A write outside of a transaction was sent and its answer was lost, or did not come in the request's time: it may have been executed or
 * not. Never retry blindly; an idempotency key, or a look at the data, resolves it.
 */
export class WriteOutcomeUnknownError extends TransientRoutingError {
  readonly code = 'WRITE_OUTCOME_UNKNOWN';

  constructor(options?: ErrorOptions) {
    super('a write was sent, but its answer was lost: it may have been executed', options);
  }
}

/**
 * COMMIT was sent and its answer was lost: the transaction may have been committed or not.
 * Never retry blindly; an idempotency key, or a look at the data, resolves it.
 */
export class CommitOutcomeUnknownError extends TransientRoutingError {
  readonly code = 'COMMIT_OUTCOME_UNKNOWN';

  constructor(
    readonly scope: string,
    options?: ErrorOptions,
  ) {
    super(
      `COMMIT of the transaction '${scope}' was sent, but its answer was lost: it may have been committed`,
      options,
    );
  }
}

/** There is no pool, or more than one, to run a transaction on. */
export class NoTransactionManagerError extends RoutingError {
  readonly code = 'NO_TRANSACTION_MANAGER';

  constructor(readonly found: number) {
    super(
      found === 0
        ? 'no RoutedPool has been started, so there is nothing to run a transaction on'
        : `${found} routed pools are open in this process and none is current: pass { manager: pool.transactions }`,
    );
  }
}

/** A routing rule forbids the statement. */
export class DeniedByRuleError extends RoutingError {
  readonly code = 'DENIED_BY_RULE';

  constructor(
    readonly rule: string,
    readonly statement: string,
  ) {
    super(`${rule} denies this statement: ${excerpt(statement)}`);
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

/** As many statements as the group allows are running, and none ended in time. */
export class GroupExhaustedError extends TransientRoutingError {
  readonly code = 'GROUP_EXHAUSTED';

  constructor(
    readonly group: string,
    readonly maxConcurrent: number,
    readonly waitedMs: number,
  ) {
    super(
      `all ${maxConcurrent} places of the replica group '${group}' are taken, and none came free within ${waitedMs} ms`,
    );
  }
}

const MAX_EXCERPT_CHARS = 200;

function excerpt(statement: string): string {
  return statement.length <= MAX_EXCERPT_CHARS ? statement : `${statement.slice(0, MAX_EXCERPT_CHARS)}…`;
}
