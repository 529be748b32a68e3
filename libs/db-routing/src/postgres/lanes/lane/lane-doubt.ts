import { type Clock, pause } from '../../../clock';
import type { LaneLink } from './lane-link';

/** How long the last answer of a backend that is idle again may still be on its way. */
const LAST_ANSWER_MS = 500;

/** Finds out, over another connection, whether the server still works on a lane's oldest statement. */
export class LaneDoubt {
  /** A question is under way. */
  isAsking = false;
  /** When the server last answered such a question. */
  checkedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly link: LaneLink,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves with whether the server works on the statement; when its backend is idle, only after its last
   * answer had time to arrive.
   */
  async isAtWork(): Promise<boolean> {
    this.isAsking = true;
    const liveness = await this.link.liveness();
    if (liveness === 'idle') await pause(this.clock, LAST_ANSWER_MS);
    this.isAsking = false;
    this.checkedAtMs = this.clock.now();
    return liveness === 'works';
  }
}
