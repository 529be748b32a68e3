import { ANSWER_GRACE_MS } from '../protocol/deadlines';
import type { Timer } from '../../clock';
import type { Lane } from './lane/lane';
import type { LaneParts } from './lane-parts';
import type { LaneRelief } from './lane-relief';

const DEFAULT_IDLE_TIMEOUT_MS = 10_000;
/**
 * A lane stalls when its oldest statement takes this many times as long as usual, but never before STALL_MS.
 */
const STALL_FACTOR = 4;
const STALL_MS = 50;

/**
 * Looks after the lanes of one node: detects stalled and silent ones, lets reads that have waited too long
 * run elsewhere or fail, and closes idle lanes.
 */
export class LaneSweep {
  #retire: Timer | undefined;
  readonly #idleTimeoutMs: number;

  constructor(
    private readonly parts: LaneParts,
    private readonly relief: LaneRelief,
  ) {
    this.#idleTimeoutMs = parts.options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
  }

  /**
   * Looks at every lane once. Returns whether reads are in flight or wait, so that another look is needed.
   */
  look(): boolean {
    const { options, lanes, waiting, owner } = this.parts;
    const nowMs = options.clock.now();
    this.relief.begin();
    for (const lane of [...lanes.all]) this.#lookAt(lane, nowMs);
    owner.admit();
    this.#expire(nowMs);
    lanes.closeIdle(nowMs, this.#idleTimeoutMs);
    const isNeeded = waiting.size > 0 || lanes.all.some((lane) => !lane.isIdle);
    if (!isNeeded) this.#retireLater();
    return isNeeded;
  }

  end(): void {
    this.#retire?.cancel();
  }

  #lookAt(lane: Lane, nowMs: number): void {
    if (lane.isIdle) return;
    const { options, chooser, opener } = this.parts;
    const ageMs = lane.headAgeMs(nowMs);
    const deadlineMs = options.statementTimeoutMs + ANSWER_GRACE_MS;
    if (lane.silentForMs(nowMs) > deadlineMs) void lane.doubt(new Error(`no answer within ${deadlineMs} ms`));
    // Open a lane before this one counts as stalled: one that is opened only then comes late.
    if (ageMs > STALL_MS / 2 && lane.inFlight > 1 && !chooser.choose(nowMs).lane?.isIdle) opener.open();
    if (!lane.isStalled && ageMs - lane.roundTripMs <= Math.max(STALL_MS, STALL_FACTOR * lane.usualMs))
      return;
    this.relief.relieve(lane, nowMs);
  }

  /**
   * Gives reads that found no room on any lane an exclusive connection, or rejects them after
   * `acquireTimeoutMs`.
   */
  #expire(nowMs: number): void {
    const { options, opener, waiting, lanes } = this.parts;
    const { acquireTimeoutMs, startAlone } = options;
    // While a lane may still be opened, an exclusive connection would come no sooner.
    const limitMs = startAlone && !opener.mayOpen ? STALL_MS : acquireTimeoutMs;
    waiting.expire(nowMs - limitMs, (read) => {
      const isLate = nowMs - read.waitingSinceMs >= acquireTimeoutMs;
      if (isLate || !this.relief.sendAlone(read)) read.reject(lanes.exhausted());
    });
  }

  #retireLater(): void {
    const { options, lanes } = this.parts;
    if (lanes.all.length < 2) return;
    this.#retire ??= options.clock.after(
      this.#idleTimeoutMs,
      () => {
        this.#retire = undefined;
        lanes.closeIdle(options.clock.now(), this.#idleTimeoutMs);
        this.#retireLater();
      },
      { keepAlive: false },
    );
  }
}
