import type { Statement } from '../../../engine/statement';
import { endsForGood, mayOpenTransaction } from './statement-traits';

/**
 * Whether a transaction will be open once everything that was sent is answered, as far as the texts tell. It only saves round trips:
 * whether one *is* open, the server says with each answer.
 */
export class ForeseenStatus {
  #status: 'idle' | 'open' | 'unknown' = 'idle';

  /** Whether the statement, sent now, runs in a transaction of its own that is over with its answer. */
  isAutocommit(statement: Statement): boolean {
    return this.#status === 'idle' && !mayOpenTransaction(statement);
  }

  get isOpen(): boolean {
    return this.#status === 'open';
  }

  sent(statement: Statement): void {
    const { kind } = statement;
    if (kind === 'begin') this.#status = 'open';
    else if (kind === 'commit' || kind === 'rollback')
      this.#status = endsForGood(statement) ? 'idle' : 'open';
    else if (mayOpenTransaction(statement)) this.#status = 'unknown';
  }

  /** Everything that was sent is answered, and the server has said what is open. */
  settled(isOpen: boolean): void {
    this.#status = isOpen ? 'open' : 'idle';
  }
}
