import type { Clock } from '../clock';
import type { LogPosition } from '../engine/position';

interface Progress {
  log: LogPosition;
  /** Since when it has been there. */
  atMs: number;
  /** When it was last asked. */
  askedAtMs: number;
  /** Bytes of WAL that it replays in a millisecond while it has something to replay. */
  rate: number | undefined;
  /** It was seen behind at `log`: what it replays next tells how fast it is. */
  isBehind: boolean;
  /** No read waits for it before this. */
  avoidUntilMs: number;
}

/** How fast a new measurement replaces the old ones. */
const WEIGHT_OF_NEW = 0.3;
/** After a wait in vain, other reads do not even try for so long. */
const AVOID_MS = 500;
const MAX_PAUSE_TO_MEASURE_MS = 50;
/** Older measurements do not count against a node: it may have caught up since, while no read asked it. */
const FORGET_MS = 500;

/**
 * How far each replica has replayed, and how fast it does, as far as reads have learned on their way. A guess by which replicas are chosen:
 * what a read may return is proven on the connection that reads.
 */
export class ReplayProgress {
  readonly #nodes = new Map<string, Progress>();

  constructor(private readonly clock: Clock) {}

  /** The node said that it has replayed this. `isBehind`: somebody needs more of it. */
  observe(node: string, log: LogPosition, isBehind = false): void {
    const atMs = this.clock.now();
    const known = this.#nodes.get(node);
    if (!known || !log.has(known.log)) {
      // Only a server that was restarted can have less than before.
      this.#nodes.set(node, { log, atMs, askedAtMs: atMs, rate: known?.rate, isBehind, avoidUntilMs: 0 });
      return;
    }
    const sinceAskedMs = atMs - known.askedAtMs;
    if (sinceAskedMs > FORGET_MS) known.rate = undefined;
    // Only a wait asks often enough to measure: between rare questions, the node may have gone on at any time.
    if (
      known.isBehind &&
      !known.log.has(log) &&
      atMs > known.atMs &&
      sinceAskedMs <= MAX_PAUSE_TO_MEASURE_MS
    ) {
      const sample = known.log.distanceTo(log) / (atMs - known.atMs);
      known.rate = known.rate === undefined ? sample : known.rate + (sample - known.rate) * WEIGHT_OF_NEW;
    }
    // While it stands still the time counts from when it was first seen there.
    if (!known.log.has(log) || !isBehind || !known.isBehind) known.atMs = atMs;
    known.log = log;
    known.askedAtMs = atMs;
    known.isBehind = isBehind;
  }

  /** A connection to the node has proven this, now or earlier: the node is there or further. */
  proven(node: string, log: LogPosition): void {
    const known = this.#nodes.get(node);
    if (!known || !known.log.has(log)) this.observe(node, log);
  }

  /** How long until the node has replayed this, in milliseconds; 0: it has, or nothing is known of it. */
  readonly waitMsUntil = (node: string, log: LogPosition): number => {
    const known = this.#nodes.get(node);
    if (!known || known.log.has(log)) return 0;
    const nowMs = this.clock.now();
    if (nowMs < known.avoidUntilMs) return Infinity;
    // It has gone on since then, at a pace that is not known.
    if (!known.isBehind || known.rate === undefined || nowMs - known.askedAtMs > FORGET_MS) return 0;
    return Math.max(0, known.log.distanceTo(log) / known.rate - (nowMs - known.atMs));
  };

  /** A read has waited for it in vain. */
  avoid(node: string): void {
    const known = this.#nodes.get(node);
    if (known) known.avoidUntilMs = this.clock.now() + AVOID_MS;
  }
}
