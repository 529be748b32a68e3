import type { Clock, Timer } from '../../clock';
import type { Decision } from '../../routing/decide';
import type { NodeLoad } from '../../routing/node-load';
import type { StatementResult } from '../../engine/result';
import type { AutocommitStatement } from '../autocommit-statement';
import { RequestLimits } from '../limits/request-limits';
import type { Route } from '../../routing/route';
import { AttemptLimits } from './attempt-limits';

/** One try of a read at one node. */
export interface Attempt {
  readonly decision: Decision;
  readonly statement: AutocommitStatement;
}

/** The outcome of the attempt that counts. The other attempt, if there was one, has already been reported. */
export type RaceEnd = Attempt & ({ readonly result: StatementResult } | { readonly error: unknown });

export interface HedgedRead {
  readonly route: Route;
  readonly text: string;
  readonly first: Attempt;
  /** Chooses a second node that may serve the read; undefined when there is none. */
  readonly second: () => Attempt | undefined;
  /** Called when one attempt has failed while the other may still answer. */
  readonly onPassed: (attempt: Attempt, error: unknown) => void;
}

export interface HedgeRaceOptions {
  readonly clock: Clock;
  /** Delay before the second node is asked, in milliseconds; undefined: it is not asked. */
  readonly delayMs: number | undefined;
  /** Called when a second node has been chosen; it is asked only if this returns true. */
  readonly mayAskSecond: () => boolean;
  /** Called with the latency of the first node; a lower bound when the second node answered. */
  readonly onLatency: (latencyMs: number) => void;
  readonly load: Pick<NodeLoad, 'recordOvertaken'>;
}

interface Runner extends Attempt {
  readonly limits: AttemptLimits;
}

/**
 * One read on up to two nodes. The first answer counts, and the other attempt is cancelled; an error counts
 * only when no other attempt can answer. The losing attempt never moves the session past a state that some
 * replica has: usually it is cancelled before its answer is processed; otherwise both answers arrived at
 * once.
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
      // Wait until the sockets have been read: after a blocked event loop, an answer that has already arrived
      // must not count as late.
      () => clock.afterArrivals(() => this.#askSecond()),
    );
  }

  #start(attempt: Attempt): void {
    const limits = new AttemptLimits(this.options.clock, this.#outer);
    const runner: Runner = { decision: attempt.decision, statement: attempt.statement, limits };
    this.#running.add(runner);
    limits
      .apply(() => attempt.statement.send(attempt.decision, this.read.route))
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

  #onAnswer(winner: Runner, result: StatementResult): void {
    this.#running.delete(winner);
    if (this.#isOver) {
      winner.statement.report(winner.decision, 'cancelled');
      return;
    }
    this.#over({ decision: winner.decision, statement: winner.statement, result });
    const elapsedMs = this.options.clock.now() - this.#startedAtMs;
    const { first } = this.read;
    const isFirst = winner.decision === first.decision;
    if (isFirst || this.#running.size > 0) this.options.onLatency(elapsedMs);
    if (!isFirst && this.#running.size > 0) this.options.load.recordOvertaken(first.decision.node, elapsedMs);
    for (const { limits } of this.#running) limits.abort();
  }

  #onError(runner: Runner, error: unknown): void {
    this.#running.delete(runner);
    const { decision, statement } = runner;
    if (this.#isOver) statement.report(decision, 'cancelled');
    else if (this.#running.size > 0) this.read.onPassed({ decision, statement }, error);
    else this.#over({ decision, statement, error });
  }

  #over(end: RaceEnd): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#finish(end);
  }
}
