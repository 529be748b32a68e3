import type { Clock, Timer } from '../../clock';
import type { NodeAddress } from '../../engine/node-address';
import type { ProbeAnswer } from '../../engine/probe';
import type { NodeStatus } from '../topology/snapshot';
import { judge, type HealthLimits, type NodeHealth, type Observation, UNJUDGED } from './node-state';
import type { RenewableProbe } from './renewable-probe';
import type { Membership } from './which-cluster';

export interface WatchOptions {
  readonly probe: RenewableProbe;
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
  /** The next probe is due one interval later. */
  #paceMs = 0;
  #asking: Promise<void> | undefined;
  #timer: Timer | undefined;
  #isRunning = false;

  constructor(
    readonly address: NodeAddress,
    private readonly options: WatchOptions,
  ) {}

  /** Whether the name is still one of the cluster's. */
  get isListed(): boolean {
    return this.health.state !== 'draining';
  }

  get membership(): Membership {
    const { systemId, server } = this.facts;
    return { name: this.address.name, systemId, server };
  }

  /** See RenewableProbe. */
  doubtName(): void {
    this.options.probe.doubt();
  }

  /** Probes now, or joins the probe under way. Never rejects. */
  probeNow(): Promise<void> {
    return this.#probe(this.options.clock.now());
  }

  /** `dueAtMs`: when the probe should start. */
  #probe(dueAtMs: number): Promise<void> {
    this.#asking ??= this.#ask(dueAtMs).finally(() => {
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
    this.#timer?.cancel();
    this.options.probe.close();
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

  /** Has every field, so that all of them share one hidden class: each statement looks at several. */
  get status(): NodeStatus {
    const { state, role, reason } = this.health;
    const { stalenessMs, lagBytes, log, isOutdated } = this.facts;
    const { systemId, timeline, serverVersion, startedAt, server } = this.facts;
    return Object.freeze({
      address: this.address,
      role,
      state,
      reason,
      stalenessMs,
      lagBytes,
      log,
      isOutdated,
      isFenced: undefined,
      isContested: undefined,
      systemId,
      timeline,
      serverVersion,
      startedAt,
      server,
      aliases: undefined,
      upSinceMs: this.#upSinceMs,
    } satisfies Record<keyof NodeStatus, unknown>);
  }

  async #ask(dueAtMs: number): Promise<void> {
    this.#timer?.cancel();
    const askedAtMs = this.options.clock.now();
    // Timers are a little late, each by another time. Counted from when they are due, the probes of all nodes
    // stay together, and wake the process once.
    this.#paceMs = askedAtMs - dueAtMs < MIN_PAUSE_MS ? dueAtMs : askedAtMs;
    try {
      const answer = await this.options.probe.ask();
      this.options.onAnswer(this, answer, askedAtMs);
    } catch (error) {
      this.options.onMiss(this, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #schedule(): void {
    if (!this.#isRunning) return;
    const { clock, intervalMs, limits, random } = this.options;
    const excess = Math.max(0, this.health.misses - limits.missesUntilDown);
    const backoff = Math.min(MAX_BACKOFF, 2 ** excess);
    // Jitter keeps the instances of a service from all probing a returning node at once. The interval counts
    // from probe to probe: slow answers must not thin out the samples that staleness is measured by.
    const nowMs = clock.now();
    const delayMs =
      backoff === 1
        ? Math.max(intervalMs - (nowMs - this.#paceMs), MIN_PAUSE_MS)
        : intervalMs * backoff * (0.5 + random() / 2);
    this.#timer = clock.after(delayMs, () => void this.#probe(nowMs + delayMs), { keepAlive: false });
  }
}
