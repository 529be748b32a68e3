import { ConnectFailedError, ConnectionLostError, PoolExhaustedError } from '../errors';
import type { Decision } from '../routing/decide';
import type { Gate } from './gate';
import { isReadOnlyRefusal, isRecoveryConflict, sqlStateOf } from './pg-errors';
import type { AnyResult } from './query-types';
import type { RetryBudget } from './retry-budget';
import type { Route } from './route';

export interface ReadRunnerOptions {
  readonly decide: (need: Route, exclude: ReadonlySet<string>) => Decision;
  readonly hasPrimary: () => boolean;
  readonly budget: RetryBudget;
  /** Reads that no replica can serve pass here on their way to the primary. */
  readonly spill: Gate;
  /** A replica refused what was taken for a read. */
  readonly onReadRefused: (text: string) => void;
}

/** One try of a read: sends it to the node. */
export type Attempt = (decision: Decision, route: Route) => Promise<AnyResult>;

/** A read is tried on one replica, on another, and on the primary. */
const MAX_ATTEMPTS = 3;
const FEATURE_NOT_SUPPORTED = '0A000';

/** Runs autocommit reads: nothing that one does is lost by running it again elsewhere. */
export class ReadRunner {
  constructor(private readonly options: ReadRunnerOptions) {}

  async run(need: Route, runOn: Attempt): Promise<AnyResult> {
    const { budget, onReadRefused, hasPrimary, decide } = this.options;
    const failed = new Set<string>();
    let refusal: unknown;
    let target = need;
    budget.deposit();
    for (let attempt = 1; ; attempt++) {
      const decision = decide(target, failed);
      try {
        const result = await this.#attempt(decision, target, runOn);
        // Only now it is known that it was the replica's refusal, and not the statement's own fault.
        if (refusal !== undefined && need.text !== undefined) onReadRefused(need.text);
        return result;
      } catch (error) {
        failed.add(decision.node.address.name);
        if (target.target === 'replica' && isRefusedByReplica(error, decision)) {
          if (!hasPrimary()) throw error;
          refusal = error;
          target = { ...need, target: 'primary', reason: 'refused-by-replica', group: undefined };
        } else if (!isNodesFault(error) || attempt === MAX_ATTEMPTS || !this.#mayRetry(target, failed)) {
          throw error;
        }
      }
    }
  }

  async #attempt(decision: Decision, route: Route, runOn: Attempt): Promise<AnyResult> {
    // Writes have no other place to go: reads that could not be served elsewhere must not crowd them out.
    const isSpilled = route.target === 'replica' && decision.node.role === 'primary';
    const leave = isSpilled ? await this.options.spill.enter() : undefined;
    try {
      return await runOn(decision, route);
    } finally {
      leave?.();
    }
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
