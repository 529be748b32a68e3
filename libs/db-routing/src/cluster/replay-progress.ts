import type { Clock } from '../clock';
import type { LogPosition } from '../engine/position';

interface Progress {
  log: LogPosition;
  /** When the node was first seen there. */
  atMs: number;
  /** When the node was last asked. */
  askedAtMs: number;
  /** Bytes of WAL that the node replays in a millisecond while it has any to replay. */
  rate: number | undefined;
  /** Whether a read needed more than `log`: what the node replays next then shows how fast it is. */
  isBehind: boolean;
  /** Until then no read waits for the node. */
  avoidUntilMs: number;
}

/** Weight of a new measurement in the moving average. */
const WEIGHT_OF_NEW = 0.3;
/** How long reads pass over a node that did not reach a position in time. */
const AVOID_MS = 500;
const MAX_PAUSE_TO_MEASURE_MS = 50;
/** Older measurements do not count against a node: it may have caught up since, with no read to notice it. */
const FORGET_MS = 500;

/**
 * Estimates how far each replica has replayed, and how fast it replays, from the positions that reads learn.
 * The estimate only guides the choice of a replica: the connection that reads proves what the read returns.
 */
export class ReplayProgress {
  readonly #nodes = new Map<string, Progress>();

  constructor(private readonly clock: Clock) {}

  /** Records what the node reports that it has replayed. `isBehind`: a read needs more. */
  observe(node: string, log: LogPosition, isBehind = false): void {
    const atMs = this.clock.now();
    const known = this.#nodes.get(node);
    if (!known || !log.has(known.log)) {
      // A server has less than before only after a restart.
      this.#nodes.set(node, { log, atMs, askedAtMs: atMs, rate: known?.rate, isBehind, avoidUntilMs: 0 });
      return;
    }
    const sinceAskedMs = atMs - known.askedAtMs;
    if (sinceAskedMs > FORGET_MS) known.rate = undefined;
    // Only a waiting read asks often enough to measure: between rare questions, the node may have moved at
    // any time.
    if (
      known.isBehind &&
      !known.log.has(log) &&
      atMs > known.atMs &&
      sinceAskedMs <= MAX_PAUSE_TO_MEASURE_MS
    ) {
      const sample = known.log.distanceTo(log) / (atMs - known.atMs);
      known.rate = known.rate === undefined ? sample : known.rate + (sample - known.rate) * WEIGHT_OF_NEW;
    }
    // While the node stands still, the time counts from when it was first seen there.
    if (!known.log.has(log) || !isBehind || !known.isBehind) known.atMs = atMs;
    known.log = log;
    known.askedAtMs = atMs;
    known.isBehind = isBehind;
  }

  /**
   * Records what a connection to the node has proven, now or earlier: the node has replayed at least this.
   */
  proven(node: string, log: LogPosition): void {
    const known = this.#nodes.get(node);
    if (!known || !known.log.has(log)) this.observe(node, log);
  }

  /**
   * The expected time until the node has replayed this, in milliseconds; 0 when it already has, or when
   * nothing is known of it.
   */
  readonly waitMsUntil = (node: string, log: LogPosition): number => {
    const known = this.#nodes.get(node);
    if (!known || known.log.has(log)) return 0;
    const nowMs = this.clock.now();
    if (nowMs < known.avoidUntilMs) return Infinity;
    // The node has moved since then, at an unknown pace.
    if (!known.isBehind || known.rate === undefined || nowMs - known.askedAtMs > FORGET_MS) return 0;
    return Math.max(0, known.log.distanceTo(log) / known.rate - (nowMs - known.atMs));
  };

  /** Records that the node did not reach a read's position in time. */
  avoid(node: string): void {
    const known = this.#nodes.get(node);
    if (known) known.avoidUntilMs = this.clock.now() + AVOID_MS;
  }
}
