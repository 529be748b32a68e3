import type { Clock, Timer } from '../../clock';
import type { NodeAddress } from '../../engine/node-address';
import type { Probe, ProbeAnswer } from '../../engine/probe';
import type { NodeStatus } from '../topology/snapshot';
import { judge, type HealthLimits, type NodeHealth, type Observation, UNJUDGED } from './node-state';

export interface WatchOptions {
  /** Makes a probe with a connection of its own. */
  readonly newProbe: () => Probe;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly limits: HealthLimits;
  readonly random: () => number;
  /** `askedAtMs` is when the probe was sent, on the clock of the monitor. */
  readonly onAnswer: (watch: NodeWatch, answer: ProbeAnswer, askedAtMs: number) => void;
  readonly onMiss: (watch: NodeWatch, error: Error) => void;
}

/** A node that stays away is probed less often: at most this many intervals apart. */
const MAX_BACKOFF = 4;
/**
 * Pause between a late answer and the next probe, so that a node in trouble is not probed without a break.
 */
const MIN_PAUSE_MS = 50;
/** A name in doubt is asked on a new connection once in so many intervals. */
const INTERVALS_UNTIL_RENEWED = 10;

/** What is known of a node besides the judgement. */
export type NodeFacts = Pick<
  NodeStatus,
  | 'stalenessMs'
  | 'lagBytes'
  | 'systemId'
  | 'timeline'
  | 'serverVersion'
  | 'startedAt'
  | 'server'
  | 'log'
  | 'isOutdated'
>;

/** Probes one node at a steady pace and keeps the judgement of it. */
export class NodeWatch {
  health: NodeHealth = UNJUDGED;
  facts: NodeFacts = {};
  /** The last answer; undefined after a miss, because its measurements are no longer true. */
  answer: ProbeAnswer | undefined;
  /** When the probe of that answer was sent. */
  answerAskedAtMs = 0;
  /** How often the node's name has led to another server. */
  strays = 0;
  #upSinceMs: number | undefined;
  #askedAtMs = 0;
  #asking: Promise<void> | undefined;
  #timer: Timer | undefined;
  #isRunning = false;
  #isStopped = false;
  #probe: Probe;
  /** Has asked, on a new connection, and may take the place of `#probe`. */
  #renewed: Probe | undefined;
  #isNameInDoubt = false;
  #renewedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly address: NodeAddress,
    private readonly options: WatchOptions,
  ) {
    this.#probe = options.newProbe();
  }

  /**
   * Call this when the name may lead to another server than the connection of the probe, which stays where it
   * is: one of the next probes takes a new connection.
   */
  doubtName(): void {
    this.#isNameInDoubt = true;
  }

  /** Probes now, or joins the probe under way. Never rejects. */
  probeNow(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
      this.#schedule();
    });
    return this.#asking;
  }

  start(): void {
    this.#isRunning = true;
    void this.probeNow();
  }

  stop(): void {
    this.#isRunning = false;
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#probe.close();
    this.#renewed?.close();
  }

  observe(seen: Observation): void {
    const { state } = this.health;
    this.health = judge(this.health, seen, this.options.limits);
    if (this.health.state !== 'up') this.#upSinceMs = undefined;
    // Only a node that was away has cold caches; one that lagged or was in doubt has kept running.
    else if (state === 'down') this.#upSinceMs = this.options.clock.now();
    if (seen.kind === 'answered') return;
    this.answer = undefined;
    this.facts = { ...this.facts, stalenessMs: undefined, lagBytes: undefined };
  }

  get status(): NodeStatus {
    const { state, role, reason } = this.health;
    return Object.freeze({
      address: this.address,
      role,
      state,
      reason,
      ...this.facts,
      ...(this.#upSinceMs !== undefined && { upSinceMs: this.#upSinceMs }),
    });
  }

  async #ask(): Promise<void> {
    this.#timer?.cancel();
    const askedAtMs = this.options.clock.now();
    this.#askedAtMs = askedAtMs;
    try {
      const answer = await (this.#mustRenew(askedAtMs) ? this.#askAnew() : this.#probe.ask());
      this.options.onAnswer(this, answer, askedAtMs);
    } catch (error) {
      this.options.onMiss(this, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #mustRenew(nowMs: number): boolean {
    const { intervalMs } = this.options;
    return this.#isNameInDoubt && nowMs - this.#renewedAtMs >= INTERVALS_UNTIL_RENEWED * intervalMs;
  }

  /** Asks on a new connection, and keeps that if it answers. */
  async #askAnew(): Promise<ProbeAnswer> {
    this.#isNameInDoubt = false;
    this.#renewedAtMs = this.options.clock.now();
    const renewed = this.options.newProbe();
    this.#renewed = renewed;
    try {
      const answer = await renewed.ask();
      this.#probe.close();
      this.#probe = renewed;
      // stop() has closed it, and its answer was already here: it must not be used again.
      if (this.#isStopped) renewed.close();
      return answer;
    } catch (error) {
      renewed.close();
      if (this.#isStopped) throw error;
      // The server may accept no further connection, and be well all the same.
      return await this.#probe.ask();
    } finally {
      this.#renewed = undefined;
    }
  }

  #schedule(): void {
    if (!this.#isRunning) return;
    const { clock, intervalMs, limits, random } = this.options;
    const excess = Math.max(0, this.health.misses - limits.missesUntilDown);
    const backoff = Math.min(MAX_BACKOFF, 2 ** excess);
    // Jitter keeps the instances of a service from all probing a returning node at once. The interval counts
    // from probe to probe: slow answers must not thin out the samples that staleness is measured by.
    const tookMs = clock.now() - this.#askedAtMs;
    const delayMs =
      backoff === 1
        ? Math.max(intervalMs - tookMs, MIN_PAUSE_MS)
        : intervalMs * backoff * (0.5 + random() / 2);
    this.#timer = clock.after(delayMs, () => void this.probeNow(), { keepAlive: false });
  }
}
