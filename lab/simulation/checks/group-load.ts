import type { Scheduler } from '../time/scheduler';
import type { Oracle } from '../world/oracle';

/** The reads and transactions of one group in one service: never more at once than its limit. */
export class GroupLoad {
  #underWay = 0;

  constructor(
    private readonly group: string,
    private readonly maxConcurrent: number,
    private readonly scheduler: Scheduler,
    private readonly oracle: Oracle,
  ) {}

  begin(): () => void {
    this.#underWay += 1;
    this.oracle.count('read of a limited group');
    // One that has just left may still be counted when the next one enters.
    if (this.#underWay > this.maxConcurrent) this.scheduler.in(0, () => this.#judge());
    return () => (this.#underWay -= 1);
  }

  #judge(): void {
    if (this.#underWay <= this.maxConcurrent) return;
    this.oracle.found('groups-capped', `${this.group} ran ${this.#underWay}, limit ${this.maxConcurrent}`);
  }
}
