import type { EventEmitter } from 'node:events';
import type { PositionWaitReport, StatementReport, StatementReports } from '../../execution/reports';

/** Emits reports on statements as events of the pool. */
export class PoolReports implements StatementReports {
  readonly #pool: EventEmitter;

  constructor(pool: EventEmitter) {
    this.#pool = pool;
  }

  get isWanted(): boolean {
    return this.#pool.listenerCount('statement') > 0;
  }

  statement(report: StatementReport): void {
    this.#pool.emit('statement', report);
  }

  positionWait(report: PositionWaitReport): void {
    this.#pool.emit('positionWait', report);
  }
}
