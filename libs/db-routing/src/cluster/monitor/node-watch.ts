import type { Clock, Timer } from '../../clock';
import type { NodeAddress } from '../../engine/node-address';
import type { Probe, ProbeAnswer } from '../../engine/probe';
import type { NodeStatus } from '../topology/snapshot';
import { judge, type HealthLimits, type NodeHealth, type Observation, UNJUDGED } from './node-state';

export interface WatchOptions {
  readonly probe: Probe;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly limits: HealthLimits;
  readonly random: () => number;
  /** `askedAtMs`: when the question was sent. */
  readonly onAnswer: (watch: NodeWatch, answer: ProbeAnswer, askedAtMs: number) => void;
  readonly onMiss: (watch: NodeWatch, error: Error) => void;
}

/** A node that stays away is asked less often, down to this share of the pace. */
const MAX_BACKOFF = 4;
/** Between a late answer and the next question: a node in trouble is not asked without pause. */
const MIN_PAUSE_MS = 50;

/** What is known of a node beside the judgement. */
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

/** Looks at one node at a steady pace, and keeps the judgement of it. */
export class NodeWatch {
  health: NodeHealth = UNJUDGED;
  facts: NodeFacts = {};
  /** The last answer; undefined after a miss: what was measured is no longer known. */
  answer: ProbeAnswer | undefined;
  /** When that was asked for. */
  answerAskedAtMs = 0;
  /** How often its name has led to another server than this one. */
  strays = 0;
  #upSinceMs: number | undefined;
  #askedAtMs = 0;
  #asking: Promise<void> | undefined;
  #timer: Timer | undefined;
  #isRunning = false;

  constructor(
    readonly address: NodeAddress,
    private readonly options: WatchOptions,
  ) {}

  /** Asks now, or joins the question that is on its way. Never rejects. */
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
    this.#timer?.cancel();
    this.options.probe.close();
  }

  observe(seen: Observation): void {
    const { state } = this.health;
    this.health = judge(this.health, seen, this.options.limits);
    if (this.health.state !== 'up') this.#upSinceMs = undefined;
    // Only one that was away has cold caches; one that lagged or was in doubt has gone on all the time.
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
    // Jitter, so that the instances of a service do not all knock at a returning node at once.
    // The pace is that of the questions: slow answers must not thin out what staleness is measured against.
    const tookMs = clock.now() - this.#askedAtMs;
    const delayMs =
      backoff === 1
        ? Math.max(intervalMs - tookMs, MIN_PAUSE_MS)
        : intervalMs * backoff * (0.5 + random() / 2);
    this.#timer = clock.after(delayMs, () => void this.probeNow(), { keepAlive: false });
  }
}
