import type { Clock, Timer } from '../../../clock';
import type { Liveness } from '../../protocol/liveness';

export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** After this long without an answer the server is asked whether its backend works on it, and again after each further such time. */
  readonly deadlineMs: number;
  readonly ask: () => Promise<Liveness>;
}

/** Between finding a backend idle and believing that its answer is lost. */
const SECOND_LOOK_MS = 500;

/** Watches over the answers of one connection: a frozen server, or a link that swallows everything, never answers and breaks nothing. */
export class AnswerWatch {
  #timer: Timer | undefined;
  #onSilent: ((ms: number) => void) | undefined;
  #answers = 0;
  /** When the last answer came, or the first of those that are waited for was asked. */
  #sinceMs = 0;

  constructor(private readonly options: AnswerWatchOptions) {}

  /** An answer is waited for. `onSilent`: it never comes. */
  begin(onSilent: (ms: number) => void): void {
    if (this.#onSilent) return;
    this.#onSilent = onSilent;
    this.#sinceMs = this.options.clock.now();
    this.#arm();
  }

  /** One has come. The server has its time for each statement; those behind this one have waited for it. */
  answered(): void {
    this.#answers += 1;
    this.#sinceMs = this.options.clock.now();
  }

  /** Nothing is waited for. */
  end(): void {
    this.#timer?.cancel();
    this.#onSilent = undefined;
  }

  /** One timer for many answers: it is set again for what is left when it finds that one has come. */
  #arm(): void {
    const { clock, deadlineMs } = this.options;
    const leftMs = this.#sinceMs + deadlineMs - clock.now();
    if (leftMs > 0) this.#timer = clock.after(leftMs, () => this.#arm());
    else void this.#doubt(true, this.#answers);
  }

  async #doubt(mayJustHaveAnswered: boolean, answers: number): Promise<void> {
    const { deadlineMs, ask, clock } = this.options;
    const liveness = await ask();
    if (!this.#onSilent) return;
    if (liveness === 'works' || this.#answers !== answers) {
      if (this.#answers === answers) this.#sinceMs = clock.now();
      this.#arm();
    } else if (liveness === 'idle' && mayJustHaveAnswered) {
      this.#timer = clock.after(SECOND_LOOK_MS, () => void this.#doubt(false, answers));
    } else this.#onSilent(deadlineMs);
  }
}
