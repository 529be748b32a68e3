import { ConnectFailedError, ConnectionLostError, PoolExhaustedError } from '../errors';
import type { Decision } from '../routing/decide';
import type { Gate } from './gate';
import { StalePositionError } from './lanes/stale-position-error';
import { isReadOnlyRefusal, isRecoveryConflict, sqlStateOf } from './pg-errors';
import type { PositionWaits } from './position-waits';
import type { AnyResult } from './query-types';
import type { StatementOutcome } from './reports';
import type { RetryBudget } from './retry-budget';
import type { Route } from './route';

export interface ReadRunnerOptions {
  readonly decide: (need: Route, exclude: ReadonlySet<string>) => Decision;
  readonly hasPrimary: () => boolean;
  readonly budget: RetryBudget;
  /** Reads that no replica can serve pass here on their way to the primary. */
  readonly spill: Gate;
  readonly waits: PositionWaits;
  /** A replica refused what was taken for a read, and the primary has accepted it. */
  readonly onReadRefused: (text: string) => void;
}

/** One read, as it is tried here and there. */
export interface ReadAttempts {
  /** Sends it to the node. */
  send(decision: Decision, route: Route): Promise<AnyResult>;
  /** Told of each try how it ended. */
  ended?(decision: Decision, outcome: StatementOutcome, error?: unknown): void;
}

/** A read is tried on one replica, on another, and on the primary. */
const MAX_ATTEMPTS = 3;
const FEATURE_NOT_SUPPORTED = '0A000';

/** Runs autocommit reads: nothing that one does is lost by running it again elsewhere. */
export class ReadRunner {
  constructor(private readonly options: ReadRunnerOptions) {}

  async run(need: Route, attempts: ReadAttempts): Promise<AnyResult> {
    const { budget, onReadRefused, hasPrimary, decide } = this.options;
    const failed = new Set<string>();
    let refusal: unknown;
    let hasWaited = false;
    let target = need;
    budget.deposit();
    for (let attempt = 1; ;) {
      const decision = decide(target, failed);
      try {
        const result = await this.#attempt(decision, target, attempts);
        attempts.ended?.(decision, 'answered');
        // Only now it is known that it was the replica's refusal, and not the statement's own fault.
        if (refusal !== undefined && need.text !== undefined) onReadRefused(need.text);
        return result;
      } catch (error) {
        if (error instanceof StalePositionError) {
          attempts.ended?.(decision, 'stale', error);
          // One wait for one read: who has waited in vain goes where the data is.
          if (hasWaited || !(await this.#catchesUp(decision, target))) {
            failed.add(decision.node.address.name);
          }
          hasWaited = true;
          continue;
        }
        failed.add(decision.node.address.name);
        if (target.target === 'replica' && isRefusedByReplica(error, decision)) {
          attempts.ended?.(decision, hasPrimary() ? 'retried' : 'failed', error);
          if (!hasPrimary()) throw error;
          refusal = error;
          target = { ...need, target: 'primary', reason: 'refused-by-replica', group: undefined };
        } else {
          const isLost = isNodesFault(error);
          const isRetried = isLost && attempt < MAX_ATTEMPTS && this.#mayRetry(target, failed);
          attempts.ended?.(decision, isRetried ? 'retried' : isLost ? 'lost' : 'failed', error);
          if (!isRetried) throw error;
        }
        attempt += 1;
      }
    }
  }

  async #attempt(decision: Decision, route: Route, attempts: ReadAttempts): Promise<AnyResult> {
    // Writes have no other place to go: reads that could not be served elsewhere must not crowd them out.
    const isSpilled = route.target === 'replica' && decision.node.role === 'primary';
    const leave = isSpilled ? await this.options.spill.enter() : undefined;
    try {
      return await attempts.send(decision, route);
    } finally {
      leave?.();
    }
  }

  async #catchesUp({ node }: Decision, { position }: Route): Promise<boolean> {
    if (!position || node.role !== 'replica') return false;
    return this.options.waits.forPosition(node, position.lsn);
  }

  #mayRetry(target: Route, failed: ReadonlySet<string>): boolean {
    try {
      this.options.decide(target, failed);
    } catch {
      return false;
    }
    return this.options.budget.withdraw();
  }
}

/** Whether the same read may well succeed elsewhere. */
function isNodesFault(error: unknown): boolean {
  return (
    error instanceof ConnectionLostError ||
    error instanceof ConnectFailedError ||
    error instanceof PoolExhaustedError ||
    isRecoveryConflict(error)
  );
}

/** 0A000: what hot standby does not support, such as an unlogged table; on the primary the same may succeed. */
function isRefusedByReplica(error: unknown, { node }: Decision): boolean {
  return isReadOnlyRefusal(error) || (node.role === 'replica' && sqlStateOf(error) === FEATURE_NOT_SUPPORTED);
}
