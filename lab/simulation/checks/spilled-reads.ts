import type { Scheduler } from '../time/scheduler';
import type { Oracle } from '../world/oracle';

/** The reads that one service runs on the primary in place of replicas: never more than the limit. */
export class SpilledReads {
  #underWay = 0;
  #lastFullMs = 0;

  constructor(
    private readonly service: string,
    private readonly limits: { readonly maxSpilledReads: number; readonly acquireTimeoutMs: number },
    private readonly oracle: Oracle,
    private readonly scheduler: Scheduler,
  ) {}

  /** A read begins there; the returned function says that it has ended. */
  begin(): () => void {
    const { maxSpilledReads } = this.limits;
    this.#underWay += 1;
    this.oracle.count('spilled read');
    if (this.#underWay > maxSpilledReads) this.scheduler.in(0, () => this.#judge());
    return () => {
      if (this.#underWay >= maxSpilledReads) this.#lastFullMs = this.scheduler.nowMs;
      this.#underWay -= 1;
    };
  }

  /** A read that has just left may still be counted when the next one enters. */
  #judge(): void {
    const { maxSpilledReads } = this.limits;
    if (this.#underWay <= maxSpilledReads) return;
    this.oracle.found(
      'spilled-reads-capped',
      `${this.service} ran ${this.#underWay}, limit ${maxSpilledReads}`,
    );
  }

  /** A read was refused after it had waited for its turn: all places must have been taken meanwhile. */
  refused(): void {
    const { maxSpilledReads, acquireTimeoutMs } = this.limits;
    this.oracle.count('spilled read refused');
    if (this.#underWay >= maxSpilledReads) return;
    const sinceMs = this.scheduler.nowMs - this.#lastFullMs;
    if (sinceMs < acquireTimeoutMs) return;
    this.oracle.found(
      'no-leak',
      `${this.service} refused a spilled read while ${this.#underWay} of ${maxSpilledReads} ran, for ${Math.round(sinceMs)} ms`,
    );
  }
}
