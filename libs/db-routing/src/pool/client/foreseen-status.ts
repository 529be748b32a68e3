import type { Statement, StatementKind } from '../../sql/statement';

/** Texts after which only the server knows whether a transaction is open. */
const ONLY_THE_SERVER_KNOWS = new Set<StatementKind>(['multi', 'unparseable']);

/** Whether the statement ends a transaction and, without AND CHAIN, opens no other. */
export function endsForGood({ kind, transaction }: Statement): boolean {
  return (kind === 'commit' || kind === 'rollback') && transaction?.chain !== true;
}

/**
 * Whether a transaction will be open once everything that was sent is answered, as far as the texts tell. It only saves round trips:
 * whether one *is* open, the server says with each answer.
 */
export class ForeseenStatus {
  #status: 'idle' | 'open' | 'unknown' = 'idle';

  /** Whether the statement, sent now, runs in a transaction of its own that is over with its answer. */
  isAutocommit({ kind }: Statement): boolean {
    return this.#status === 'idle' && kind !== 'begin' && !ONLY_THE_SERVER_KNOWS.has(kind);
  }

  get isOpen(): boolean {
    return this.#status === 'open';
  }

  sent(statement: Statement): void {
    const { kind } = statement;
    if (kind === 'begin') this.#status = 'open';
    else if (kind === 'commit' || kind === 'rollback')
      this.#status = endsForGood(statement) ? 'idle' : 'open';
    else if (ONLY_THE_SERVER_KNOWS.has(kind)) this.#status = 'unknown';
  }

  /** Everything that was sent is answered, and the server has said what is open. */
  settled(isOpen: boolean): void {
    this.#status = isOpen ? 'open' : 'idle';
  }
}
