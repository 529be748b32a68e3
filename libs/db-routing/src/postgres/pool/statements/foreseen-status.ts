import type { Statement } from '../../../engine/statement';
import { endsForGood, mayOpenTransaction } from './statement-traits';

/**
 * Predicts from the texts whether a transaction will be open once everything that was sent is answered. The
 * prediction only saves round trips: the server reports the actual status with each answer.
 */
export class ForeseenStatus {
  #status: 'idle' | 'open' | 'unknown' = 'idle';

  /** Whether the statement, if sent now, would run in its own transaction that ends with its answer. */
  isAutocommit(statement: Statement): boolean {
    return this.#status === 'idle' && !mayOpenTransaction(statement);
  }

  get isIdle(): boolean {
    return this.#status === 'idle';
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

  /** Call this when everything that was sent is answered, with the status that the server reported. */
  settled(isOpen: boolean): void {
    this.#status = isOpen ? 'open' : 'idle';
  }
}
