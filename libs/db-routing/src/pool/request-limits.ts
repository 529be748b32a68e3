import { AmbientKey } from '../ambient';
import type { Clock, Timer } from '../clock';
import { RequestAbortedError, RequestTimeoutError } from '../errors';

/** What a request may spend: everything that it asks of the database ends with it. */
export class RequestLimits {
  static readonly #current = new AmbientKey<RequestLimits>('request-limits');

  readonly #endsAtMs: number;

  constructor(
    private readonly clock: Clock,
    /** Milliseconds for the whole request, from now on. */
    private readonly budgetMs: number,
    /** Aborted when nobody waits for the answer any more. */
    private readonly signal: AbortSignal,
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
   * Calls `onOver` once when the budget is spent or nobody waits any more, with the error for it; at once if that is so already.
   * The function that it returns ends the watch.
   */
  watch(onOver: (error: RequestTimeoutError | RequestAbortedError) => void): () => void {
    const { signal, clock, budgetMs } = this;
    if (signal.aborted) {
      onOver(new RequestAbortedError());
      return () => undefined;
    }
    const stop = () => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    };
    const over = (error: RequestTimeoutError | RequestAbortedError) => {
      stop();
      onOver(error);
    };
    const onAbort = () => over(new RequestAbortedError());
    const leftMs = Math.max(0, this.#endsAtMs - clock.now());
    const timer: Timer = clock.after(leftMs, () => over(new RequestTimeoutError(budgetMs)), {
      keepAlive: false,
    });
    signal.addEventListener('abort', onAbort);
    return stop;
  }
}
