import { RoutingError, TransientRoutingError } from './routing-error';

/** A statement needs the primary, and no primary is known. */
export class NoPrimaryError extends TransientRoutingError {
  readonly code = 'NO_PRIMARY';

  constructor(readonly detail: string) {
    super(`no primary to run this on: ${detail}`);
  }
}

/** The queue of writes that wait for a primary is full. */
export class FailoverQueueFullError extends TransientRoutingError {
  readonly code = 'FAILOVER_QUEUE_FULL';

  constructor(readonly maxWaiting: number) {
    super(`there is no primary, and ${maxWaiting} writes already wait for one, which is the limit`);
  }
}

/** No replica can serve the read, and the primary already serves as many spilled reads as it may. */
export class SpillLimitError extends TransientRoutingError {
  readonly code = 'SPILL_LIMIT';

  constructor(
    readonly maxConcurrent: number,
    readonly waitedMs: number,
  ) {
    super(
      `no replica is fit, and the primary already serves ${maxConcurrent} such reads, which is the limit; ` +
        `waited ${waitedMs} ms`,
    );
  }
}

/** No node may serve the read. */
export class NoFitNodeError extends TransientRoutingError {
  readonly code = 'NO_FIT_NODE';

  constructor(readonly detail: string) {
    super(`no node is fit to serve this read: ${detail}`);
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

/** The replica group already runs as many statements as it may, and none of them ended in time. */
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
