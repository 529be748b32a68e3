import {
  ConnectFailedError,
  ConnectionLostError,
  PrimaryChangedError,
  RequestTimeoutError,
  WriteOutcomeUnknownError,
} from '../errors';
import type { Decision } from '../routing/decide';
import { isReadOnlyRefusal } from './pg-errors';
import type { PrimaryWait } from './primary-wait';
import type { AnyResult } from './query-types';
import type { Attempts } from './attempts';
import type { StatementOutcome } from './reports';
import { RequestLimits } from './request-limits';
import type { Route } from './route';

export interface WriteRunnerOptions {
  readonly decide: (need: Route) => Decision;
  readonly primaryWait: PrimaryWait;
  /** A node taken for the primary refused a write. */
  readonly onRoleDoubt: () => void;
}

/**
 * Runs autocommit statements that need the primary. They wait for one while they have not been sent. Once sent, a write is never sent again,
 * except when the server has refused it as read-only: then nothing was executed. A read whose connection breaks is sent once more.
 */
export class WriteRunner {
  constructor(private readonly options: WriteRunnerOptions) {}

  /** `isWrite`: it may change something. Throws WriteOutcomeUnknownError then, if its answer or its position was lost. */
  async run(need: Route, attempts: Attempts, isWrite: boolean): Promise<AnyResult> {
    const sent = { isSent: false };
    const work = this.#run(need, attempts, isWrite, () => (sent.isSent = true));
    try {
      return await (RequestLimits.current()?.within(work) ?? work);
    } catch (error) {
      const isLost = error instanceof ConnectionLostError || error instanceof RequestTimeoutError;
      throw isWrite && sent.isSent && isLost
        ? new WriteOutcomeUnknownError('answer', { cause: error })
        : error;
    }
  }

  async #run(need: Route, attempts: Attempts, isWrite: boolean, onSend: () => void): Promise<AnyResult> {
    const { decide, primaryWait, onRoleDoubt } = this.options;
    const target: Route = { ...need, target: 'primary' };
    for (let attempt = 1; ; attempt++) {
      const primary = primaryWait.forPrimary();
      // Nearly always there is one, and nothing to wait for.
      if (primary) await primary;
      const decision = decide(target);
      try {
        onSend();
        const result = await attempts.send(decision, target);
        attempts.ended?.(decision, 'answered');
        return result;
      } catch (error) {
        const hasChanged = isReadOnlyRefusal(error);
        if (hasChanged) onRoleDoubt();
        const isSafe =
          hasChanged ||
          error instanceof ConnectFailedError ||
          (!isWrite && error instanceof ConnectionLostError);
        const isRetried = attempt === 1 && isSafe;
        attempts.ended?.(decision, isRetried ? 'retried' : outcomeOf(error), error);
        if (isRetried) continue;
        throw hasChanged ? new PrimaryChangedError(decision.node.address.name, { cause: error }) : error;
      }
    }
  }
}

function outcomeOf(error: unknown): StatementOutcome {
  return error instanceof ConnectionLostError || error instanceof ConnectFailedError ? 'lost' : 'failed';
}
