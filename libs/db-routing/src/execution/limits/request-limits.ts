import { AmbientKey } from '../../ambient';
import type { Clock, Timer } from '../../clock';
import { RequestAbortedError, RequestTimeoutError } from '../../errors';

/** Why a request has ended before it was answered. */
export type LimitError = RequestTimeoutError | RequestAbortedError;

/** What a request may spend: everything that it asks of the database ends with it. */
export class RequestLimits {
  static readonly #current = new AmbientKey<RequestLimits>('request-limits');

  readonly #endsAtMs: number;
  /** One timer and one listener serve all of them; there are none while nothing runs. */
  readonly #watchers = new Set<(error: LimitError) => void>();
  #timer: Timer | undefined;
  #over: LimitError | undefined;

  constructor(
    private readonly clock: Clock,
    /** Milliseconds for the whole request, from now on. */
    private readonly budgetMs: number,
  ) {
    this.#endsAtMs = clock.now() + budgetMs;
  }

  static current(): RequestLimits | undefined {
    return RequestLimits.#current.get();
  }

  /** Everything that `fn` asks of the database, and what it awaits, ends with these limits. */
  apply<R>(fn: () => R): R {
    return RequestLimits.#current.run(this, fn);
  }

  /** Nobody waits for the answer any more. */
  abort(): void {
    if (this.#over instanceof RequestAbortedError) return;
    this.#tell(new RequestAbortedError());
  }

  /** The result of `work`, if it comes within the limits. */
  async within<T>(work: Promise<T>): Promise<T> {
    let stop: () => void = () => undefined;
    const over = new Promise<never>((_, reject) => (stop = this.watch(reject)));
    try {
      return await Promise.race([work, over]);
    } finally {
      stop();
    }
  }

  /**
   * Calls `onOver` once when the budget is spent or nobody waits any more, with the error for it; at once if nobody does already.
   * The function that it returns ends the watch.
   */
  watch(onOver: (error: LimitError) => void): () => void {
    // A timer of no time would come too late: what begins now would be sent before.
    if (this.#over) {
      onOver(this.#over);
      return () => undefined;
    }
    if (this.#watchers.size === 0) this.#begin();
    this.#watchers.add(onOver);
    return () => {
      if (this.#watchers.delete(onOver) && this.#watchers.size === 0) this.#end();
    };
  }

  #begin(): void {
    const leftMs = Math.max(0, this.#endsAtMs - this.clock.now());
    this.#timer = this.clock.after(leftMs, () => this.#tell(new RequestTimeoutError(this.budgetMs)), {
      keepAlive: false,
    });
  }

  #end(): void {
    this.#timer?.cancel();
  }

  #tell(error: LimitError): void {
    this.#over = error;
    this.#end();
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const tell of watchers) tell(error);
  }
}
