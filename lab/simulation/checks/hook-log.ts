import type { TransactionHandle, TransactionOutcome } from 'db-routing';
import type { Outcome } from '../../consistency/history/lines';
import type { Oracle } from '../world/oracle';

/** Which hooks of one transaction have run. */
export class HookLog {
  readonly #ran: string[] = [];
  #isUsed = false;

  /** Adds hooks to the scope. Each run of a transaction that is retried adds its own. */
  follow(scope: TransactionHandle): void {
    this.#isUsed = true;
    this.#ran.length = 0;
    scope.afterCommit(() => this.#ran.push('commit'));
    scope.afterRollback(() => this.#ran.push('rollback'));
    scope.afterCompletion((outcome: TransactionOutcome) => this.#ran.push(outcome));
  }

  judge(id: string, outcome: Outcome, oracle: Oracle): void {
    if (!this.#isUsed) return;
    oracle.count('hooks judged');
    const allowed = {
      ok: ['commit committed'],
      // A nested scope that is undone takes its hooks with it.
      failed: ['rollback rolled-back', ''],
      unknown: ['unknown'],
    }[outcome];
    const ran = this.#ran.join(' ');
    if (!allowed.includes(ran)) {
      oracle.found(
        'hooks-follow-the-outcome',
        `${id} ended as ${outcome}, and its hooks ran: ${ran || 'none'}`,
      );
    }
  }
}
