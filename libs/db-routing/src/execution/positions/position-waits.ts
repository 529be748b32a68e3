import { type Clock, pause } from '../../clock';
import type { LogPosition } from '../../engine/position';
import type { NodeStatus } from '../../cluster/topology/snapshot';
import type { PositionWaitReport } from '../reports';
import type { ReplayProgress } from '../../cluster/replay-progress';

export interface PositionWaitsOptions {
  readonly clock: Clock;
  /** How long a read waits for a replica, in milliseconds. */
  readonly limitMs: number;
  /** Asks the node how far it has replayed; undefined when it did not say. */
  readonly ask: (node: NodeStatus) => Promise<LogPosition | undefined>;
  readonly progress: ReplayProgress;
  readonly onWaited: (report: PositionWaitReport) => void;
}

interface Waiter {
  readonly log: LogPosition;
  readonly deadlineMs: number;
  readonly settle: (isReached: boolean) => void;
}

/**
 * Pause between two questions: long enough not to flood the node, and short enough that a waiting read hardly
 * notices.
 */
const MIN_PAUSE_MS = 1;
const MAX_PAUSE_MS = 10;

/**
 * Reads that wait until a replica has replayed what their sessions have seen. One loop per node asks on
 * behalf of all its waiters.
 */
export class PositionWaits {
  readonly #waiters = new Map<string, Set<Waiter>>();

  constructor(private readonly options: PositionWaitsOptions) {}

  /**
   * Resolves with whether the node reached the position within the limit; with false at once when it is not
   * expected to. Never rejects.
   */
  async forPosition(node: NodeStatus, log: LogPosition): Promise<boolean> {
    const { clock, limitMs, progress, onWaited } = this.options;
    const { name } = node.address;
    if (progress.waitMsUntil(name, log) > limitMs) return false;
    const startedAtMs = clock.now();
    const isReached = await new Promise<boolean>((settle) => {
      const waiter = { log, deadlineMs: startedAtMs + limitMs, settle };
      const waiting = this.#waiters.get(name);
      if (waiting) {
        waiting.add(waiter);
        return;
      }
      this.#waiters.set(name, new Set([waiter]));
      void this.#askUntilReached(node);
    });
    if (!isReached) progress.avoid(name);
    onWaited({ node: name, waitedMs: clock.now() - startedAtMs, isReached });
    return isReached;
  }

  async #askUntilReached(node: NodeStatus): Promise<void> {
    const { clock, progress } = this.options;
    const { name } = node.address;
    const waiting = this.#waiters.get(name);
    while (waiting && waiting.size > 0) {
      const log = await this.#next(node, waiting).catch(() => undefined);
      const nowMs = clock.now();
      for (const waiter of waiting) {
        const isReached = log?.has(waiter.log) === true;
        if (!isReached && nowMs < waiter.deadlineMs && log !== undefined) continue;
        waiting.delete(waiter);
        waiter.settle(isReached);
      }
      if (log !== undefined) progress.observe(name, log, waiting.size > 0);
    }
    this.#waiters.delete(name);
  }

  /** Pauses until a waiter's position may have been reached, then asks the node how far it has replayed. */
  async #next(node: NodeStatus, waiting: ReadonlySet<Waiter>): Promise<LogPosition | undefined> {
    const { clock, ask } = this.options;
    const pauseMs = this.#pauseMs(node.address.name, waiting);
    await pause(clock, pauseMs);
    return ask(node);
  }

  /**
   * Half of the time until the next waiter's position is expected, which keeps the number of questions low.
   */
  #pauseMs(name: string, waiting: ReadonlySet<Waiter>): number {
    let soonestMs = Infinity;
    for (const { log } of waiting) {
      soonestMs = Math.min(soonestMs, this.options.progress.waitMsUntil(name, log));
    }
    return Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, soonestMs / 2));
  }
}
