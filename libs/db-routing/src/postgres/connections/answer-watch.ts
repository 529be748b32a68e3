import type { Liveness } from '../protocol/liveness';

export interface AnswerWatchOptions {
  /** After this long without an answer the server is asked whether its backend works on it, and again after each further such time. */
  readonly deadlineMs: number;
  readonly ask: () => Promise<Liveness>;
}

/** Between finding a backend idle and believing that its answer is lost. */
const SECOND_LOOK_MS = 500;

/** Watches over the answers of one connection: a frozen server, or a link that swallows everything, never answers and breaks nothing. */
export class AnswerWatch {
  #timer: NodeJS.Timeout | undefined;
  #answers = 0;

  constructor(private readonly options: AnswerWatchOptions) {}

  /** An answer is waited for. `onSilent`: it never comes. */
  begin(onSilent: (ms: number) => void): void {
    this.#timer ??= setTimeout(() => void this.#doubt(onSilent, true), this.options.deadlineMs);
  }

  /** One has come. The server has its time for each statement; those behind this one have waited for it. */
  answered(): void {
    this.#answers += 1;
    this.#timer?.refresh();
  }

  /** Nothing is waited for. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #doubt(onSilent: (ms: number) => void, mayJustHaveAnswered: boolean): Promise<void> {
    const { deadlineMs, ask } = this.options;
    const answers = this.#answers;
    const liveness = await ask();
    if (this.#timer === undefined || this.#answers !== answers) return;
    if (liveness === 'works') this.#timer.refresh();
    else if (liveness === 'idle' && mayJustHaveAnswered) {
      setTimeout(() => void this.#doubt(onSilent, false), SECOND_LOOK_MS);
    } else onSilent(deadlineMs);
  }
}
