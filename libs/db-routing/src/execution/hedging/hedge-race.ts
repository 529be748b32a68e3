import type { Clock, Timer } from '../../clock';
import type { Decision } from '../../routing/decide';
import type { NodeStatus } from '../../cluster/topology/snapshot';
import type { AnyResult } from '../../postgres/protocol/query-types';
import type { Attempts } from '../attempts';
import { RequestLimits } from '../request-limits';
import type { Route } from '../../routing/route';
import { AttemptLimits } from './attempt-limits';

/** A node, and who sends the read there. */
export interface Attempt {
  readonly decision: Decision;
  readonly attempts: Attempts;
}

/** What became of the attempt that counts. The other one, if there was one, has been reported. */
export type RaceEnd = Attempt & ({ readonly result: AnyResult } | { readonly error: unknown });

export interface HedgedRead {
  readonly route: Route;
  readonly text: string;
  readonly first: Attempt;
  /** Another node that may serve it; undefined: there is none. */
  readonly second: () => Attempt | undefined;
  /** An attempt has failed, and the other one may still answer. */
  readonly onPassed: (attempt: Attempt, error: unknown) => void;
}

export interface HedgeRaceOptions {
  readonly clock: Clock;
  /** When the second node is asked; undefined: it is not. */
  readonly delayMs: number | undefined;
  /** Asked once there is a second node; it is asked then. */
  readonly mayAskSecond: () => boolean;
  /** The first node took so long, or longer if the second one answered. */
  readonly onLatency: (latencyMs: number) => void;
  readonly onOvertaken: (node: NodeStatus, elapsedMs: number) => void;
}

interface Runner extends Attempt {
  readonly limits: AttemptLimits;
}

/**
 * One read on up to two nodes. The first answer counts, and the other attempt is cancelled; an error counts only if nobody else can
 * answer. What the loser has read moves its session on no further than it was itself, if at all: it is cancelled before its
 * answer is looked at, or both answers came at once and each is of a state that a replica had.
 */
export class HedgeRace {
  /** Never rejects. */
  readonly end: Promise<RaceEnd>;
  readonly #running = new Set<Runner>();
  readonly #startedAtMs: number;
  readonly #outer = RequestLimits.current();
  #timer: Timer | undefined;
  #finish: (end: RaceEnd) => void = () => undefined;
  #isOver = false;

  constructor(
    private readonly read: HedgedRead,
    private readonly options: HedgeRaceOptions,
  ) {
    const { clock, delayMs } = options;
    this.#startedAtMs = clock.now();
    this.end = new Promise((resolve) => (this.#finish = resolve));
    this.#start(read.first);
    if (delayMs === undefined) return;
    this.#timer = clock.after(
      delayMs,
      // After the sockets have been read: an event loop that was blocked must not take answers for late that are here.
      () => void setImmediate(() => this.#askSecond()),
    );
  }

  #start(attempt: Attempt): void {
    const limits = new AttemptLimits(this.options.clock, this.#outer);
    const runner = { ...attempt, limits };
    this.#running.add(runner);
    limits
      .apply(() => attempt.attempts.send(attempt.decision, this.read.route))
      .then(
        (result) => this.#onAnswer(runner, result),
        (error: unknown) => this.#onError(runner, error),
      );
  }

  #askSecond(): void {
    if (this.#isOver) return;
    const second = this.read.second();
    if (second && this.options.mayAskSecond()) this.#start(second);
  }

  #onAnswer(winner: Runner, result: AnyResult): void {
    this.#running.delete(winner);
    if (this.#isOver) {
      winner.attempts.ended?.(winner.decision, 'cancelled');
      return;
    }
    this.#over({ decision: winner.decision, attempts: winner.attempts, result });
    const elapsedMs = this.options.clock.now() - this.#startedAtMs;
    const { first } = this.read;
    const isFirst = winner.decision === first.decision;
    if (isFirst || this.#running.size > 0) this.options.onLatency(elapsedMs);
    if (!isFirst && this.#running.size > 0) this.options.onOvertaken(first.decision.node, elapsedMs);
    for (const { limits } of this.#running) limits.abort();
  }

  #onError(runner: Runner, error: unknown): void {
    this.#running.delete(runner);
    const { decision, attempts } = runner;
    if (this.#isOver) attempts.ended?.(decision, 'cancelled');
    else if (this.#running.size > 0) this.read.onPassed({ decision, attempts }, error);
    else this.#over({ decision, attempts, error });
  }

  #over(end: RaceEnd): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#finish(end);
  }
}
