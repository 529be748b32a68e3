import {
  ConnectFailedError,
  ConnectionLostError,
  PrimaryChangedError,
  RequestTimeoutError,
  WriteOutcomeUnknownError,
} from '../errors';
import type { Clock } from '../clock';
import type { Decision } from '../routing/decide';
import type { NodeStatus } from '../cluster/topology/snapshot';
import { isReadOnlyRefusal } from '../postgres/protocol/pg-errors';
import type { PrimaryWait } from './limits/primary-wait';
import { QueryReadTimeoutError } from '../postgres/protocol/query-timeout';
import type { AnyResult } from '../postgres/protocol/query-types';
import type { Attempts } from './attempts';
import { outcomeOf } from './reports';
import { RequestLimits } from './request-limits';
import type { Route } from '../routing/route';

export interface WriteRunnerOptions {
  readonly decide: (need: Route) => Decision;
  readonly primaryWait: PrimaryWait;
  readonly clock: Clock;
  /** Resolves when the monitor has asked the node again, or cannot. */
  readonly askAnew: (node: NodeStatus) => Promise<void>;
  /** A node taken for the primary refused a write: resolves with whether it still is the primary, once all were asked. */
  readonly isStillPrimary: (node: NodeStatus) => Promise<boolean>;
}

/**
 * Runs autocommit statements that need the primary. They wait for one while they have not been sent, be it that none is known or that the
 * one that is known does not take a connection. Once sent, a write is never sent again,
 * except when the server has refused it because it is a replica: then nothing was executed. A read whose connection breaks is sent once more.
 */
export class WriteRunner {
  constructor(private readonly options: WriteRunnerOptions) {}

  /** `isWrite`: it may change something. Throws WriteOutcomeUnknownError then, if its answer or its position was lost. */
  async run(need: Route, attempts: Attempts, isWrite: boolean): Promise<AnyResult> {
    const sent = { isSent: false };
    const work = this.#run(need, attempts, isWrite, sent);
    try {
      return await (RequestLimits.current()?.within(work) ?? work);
    } catch (error) {
      const isLost =
        error instanceof ConnectionLostError ||
        error instanceof RequestTimeoutError ||
        error instanceof QueryReadTimeoutError;
      throw isWrite && sent.isSent && isLost
        ? new WriteOutcomeUnknownError('answer', { cause: error })
        : error;
    }
  }

  async #run(
    need: Route,
    attempts: Attempts,
    isWrite: boolean,
    sent: { isSent: boolean },
  ): Promise<AnyResult> {
    const { decide, primaryWait, clock, isStillPrimary } = this.options;
    const target: Route = { ...need, target: 'primary' };
    let failedAtMs: number | undefined;
    for (let attempt = 1; ; attempt++) {
      const primary = primaryWait.forPrimary(failedAtMs);
      // Nearly always there is one, and nothing to wait for.
      if (primary) await primary;
      const decision = decide(target);
      try {
        sent.isSent = true;
        const result = await attempts.send(decision, target);
        attempts.ended?.(decision, 'answered');
        return result;
      } catch (error) {
        failedAtMs ??= clock.now();
        // A primary says the same in a transaction that is read-only by default, and so does whose function raises it.
        const isOwn = isReadOnlyRefusal(error) && (await isStillPrimary(decision.node));
        const again = isOwn
          ? undefined
          : this.#again(error, decision, { isFirst: attempt === 1, isWrite, failedAtMs });
        attempts.ended?.(decision, again ? 'retried' : outcomeOf(error), error);
        if (!again) throw isOwn ? error : explained(error, decision);
        // Nothing was executed: a caller whose time is over meanwhile need not wonder.
        sent.isSent = false;
        await again;
      }
    }
  }

  /** Resolves when it may be sent again; undefined when it may not, or no longer. */
  #again(
    error: unknown,
    { node }: Decision,
    { isFirst, isWrite, failedAtMs }: { isFirst: boolean; isWrite: boolean; failedAtMs: number },
  ): Promise<void> | undefined {
    const { primaryWait, askAnew } = this.options;
    if (isReadOnlyRefusal(error)) return primaryWait.toTryAgain(failedAtMs, Promise.resolve());
    if (error instanceof ConnectFailedError) return primaryWait.toTryAgain(failedAtMs, askAnew(node));
    // The node was heard of through this connection, and a read may run twice.
    return isFirst && !isWrite && error instanceof ConnectionLostError ? Promise.resolve() : undefined;
  }
}

function explained(error: unknown, { node }: Decision): unknown {
  return isReadOnlyRefusal(error) ? new PrimaryChangedError(node.address.name, { cause: error }) : error;
}
