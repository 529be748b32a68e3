import type { EngineErrors } from '../engine/engine';
import { StalePositionError } from '../engine/stale-position-error';
import { ConnectFailedError, ConnectionLostError, PoolExhaustedError } from '../errors';
import type { Decision } from '../routing/decide';
import type { StatementOutcome } from './reports';

/** What the error of a read says about the node that it was sent to. */
export class ReadFailures {
  constructor(private readonly errors: EngineErrors) {}

  /** Whether the read failed because of the node, so that it may succeed elsewhere. */
  isNodesFault(error: unknown, { node }: Decision): boolean {
    return (
      error instanceof ConnectionLostError ||
      error instanceof ConnectFailedError ||
      (error instanceof PoolExhaustedError && error.limit === 'acquireTimeoutMs') ||
      (node.role === 'replica' && this.errors.isRetryable(error))
    );
  }

  isUnsupportedOnReplica(error: unknown, { node }: Decision): boolean {
    return node.role === 'replica' && this.errors.isUnsupportedOnReplica(error);
  }

  /** The outcome of an attempt that failed while another one was running. */
  outcomeOfPassed(error: unknown, decision: Decision): StatementOutcome {
    if (error instanceof StalePositionError) return 'stale';
    return this.isNodesFault(error, decision) ? 'retried' : 'failed';
  }
}
