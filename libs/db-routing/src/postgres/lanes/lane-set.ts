import type { NodeAddress } from '../../engine/node-address';
import { PoolExhaustedError } from '../../errors';
import type { Lane } from './lane/lane';

/** How many lanes there may be for each lane in service: slow statements may block as many as serve. */
export const LANES_PER_LANE = 2;

export interface LaneSetLimits {
  /**
   * Maximum number of lanes in service. Stalled lanes do not count, but there may be at most as many again.
   */
  readonly maxLanes: number;
  readonly acquireTimeoutMs: number;
}

/** The open lanes of one node, and how many there may be. */
export class LaneSet {
  /** The oldest lane comes first. */
  readonly all: Lane[] = [];

  constructor(
    private readonly node: NodeAddress,
    private readonly limits: LaneSetLimits,
  ) {}

  /** Reads on the wire. */
  get inFlight(): number {
    return this.all.reduce((sum, lane) => sum + lane.inFlight, 0);
  }

  /** Number of lanes without a read. */
  get idle(): number {
    return this.all.filter((lane) => lane.isIdle).length;
  }

  /** Whether there are lanes, and every one of them waits for a slow statement. */
  get isStalled(): boolean {
    return this.all.length > 0 && this.all.every((lane) => lane.isStalled);
  }

  /** Whether the limit allows one lane more. */
  get mayGrow(): boolean {
    const { maxLanes } = this.limits;
    if (this.all.length >= LANES_PER_LANE * maxLanes) return false;
    return this.all.filter((lane) => !lane.isStalled).length < maxLanes;
  }

  /** The error for a read that found every lane full. */
  exhausted(): PoolExhaustedError {
    return new PoolExhaustedError(this.node.name, this.limits.maxLanes, this.limits.acquireTimeoutMs);
  }

  remove(lane: Lane): void {
    const at = this.all.indexOf(lane);
    if (at >= 0) this.all.splice(at, 1);
  }

  removeAll(): Lane[] {
    return this.all.splice(0);
  }

  /**
   * Closes lanes that have been idle for `idleTimeoutMs`. The first one stays, so that a read after a pause
   * need not connect.
   */
  closeIdle(nowMs: number, idleTimeoutMs: number): void {
    for (const lane of this.all.slice(1)) {
      if (lane.idleForMs(nowMs) < idleTimeoutMs) continue;
      this.remove(lane);
      void lane.end();
    }
  }
}
