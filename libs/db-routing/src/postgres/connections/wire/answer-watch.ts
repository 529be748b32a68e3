import type { Clock, Timer } from '../../../clock';
import type { Liveness } from '../../protocol/liveness';

export interface AnswerWatchOptions {
  readonly clock: Clock;
  /** The watch asks after this long without an answer, and again each time as much has passed. */
  readonly deadlineMs: number;
  /** Asks the server what the connection's backend does. */
  readonly ask: () => Promise<Liveness>;
}

/** How long after finding the backend idle the watch asks again: the answer may be on its way. */
const SECOND_LOOK_MS = 500;

/**
 * Notices answers that never come: a frozen server, or a network that drops all packets, breaks no
 * connection.
 */
export class AnswerWatch {
  #timer: Timer | undefined;
  #onSilent: ((ms: number) => void) | undefined;
  #answers = 0;
  /** When the last answer came, or the watch began, or the backend was last found working. */
  #sinceMs = 0;

  constructor(private readonly options: AnswerWatchOptions) {}

  /** Starts the watch, unless it is running. Calls `onSilent` if an answer never comes. */
  begin(onSilent: (ms: number) => void): void {
    if (this.#onSilent) return;
    this.#onSilent = onSilent;
    this.#sinceMs = this.options.clock.now();
    if (!this.#timer) this.#arm();
  }

  /** An answer has come. The deadline starts again: the next statement has waited for this one. */
  answered(): void {
    this.#answers += 1;
    this.#sinceMs = this.options.clock.now();
  }

  /** Every answer has come. The timer goes on: the next statement probably comes before it fires. */
  end(): void {
    this.#onSilent = undefined;
  }

  /** The connection is closed. */
  stop(): void {
    this.end();
    this.#timer?.cancel();
  }

  /** One timer serves many answers: if one has come meanwhile, it is set again for the time that is left. */
  #arm(): void {
    const { clock, deadlineMs } = this.options;
    this.#timer = undefined;
    if (!this.#onSilent) return;
    const leftMs = this.#sinceMs + deadlineMs - clock.now();
    if (leftMs > 0) this.#after(leftMs, () => this.#arm());
    else void this.#doubt(true, this.#answers);
  }

  /** While an answer is awaited, the socket keeps the process alive. */
  #after(delayMs: number, then: () => void): void {
    this.#timer = this.options.clock.after(delayMs, then, { keepAlive: false });
  }

  async #doubt(mayJustHaveAnswered: boolean, answers: number): Promise<void> {
    const { deadlineMs, ask, clock } = this.options;
    const onSilent = this.#onSilent;
    this.#timer = undefined;
    if (!onSilent) return;
    const liveness = await ask();
    // The watch has ended meanwhile; if another has begun, it has a timer of its own.
    if (this.#onSilent !== onSilent) return;
    if (liveness === 'works' || this.#answers !== answers) {
      if (this.#answers === answers) this.#sinceMs = clock.now();
      this.#arm();
    } else if (liveness === 'idle' && mayJustHaveAnswered) {
      this.#after(SECOND_LOOK_MS, () => void this.#doubt(false, answers));
    } else onSilent(deadlineMs);
  }
}
