import { AmbientKey, type AmbientValue } from '../../ambient';
import type { Clock, Timer } from '../../clock';
import { RequestAbortedError, RequestTimeoutError } from '../../errors';

/** Why a request was ended before it had its answer. */
export type LimitError = RequestTimeoutError | RequestAbortedError;

/**
 * The time budget of a request: when it is spent, or the request is aborted, all of the request's database
 * work ends.
 */
export class RequestLimits {
  static readonly #current = new AmbientKey<RequestLimits>('request-limits');

  readonly #endsAtMs: number;
  /** One timer serves all watchers; it runs only while there are any. */
  readonly #watchers = new Set<(error: LimitError) => void>();
  #timer: Timer | undefined;
  #over: LimitError | undefined;

  constructor(
    private readonly clock: Clock,
    /** Milliseconds for the whole request, from construction on. */
    private readonly budgetMs: number,
  ) {
    this.#endsAtMs = clock.now() + budgetMs;
  }

  static current(): RequestLimits | undefined {
    return RequestLimits.#current.get();
  }

  /** Runs `fn`; all database work that it starts, or awaits, ends with these limits. */
  apply<R>(fn: () => R): R {
    return RequestLimits.#current.run(this, fn);
  }

  /** The limits, as a value for ambientWith(): the database work of what runs with it ends with them. */
  get ambient(): AmbientValue {
    return RequestLimits.#current.with(this);
  }

  /** Ends the request's work with RequestAbortedError, as when its client has disconnected. */
  abort(): void {
    if (this.#over instanceof RequestAbortedError) return;
    this.#tell(new RequestAbortedError());
  }

  /**
   * Resolves with the result of `work`. Rejects with RequestTimeoutError or RequestAbortedError when the
   * limits end first.
   */
  within<T>(work: Promise<T>): Promise<T> {
    // Every read passes here. Promise.race() would make four promises more, each followed by Node 20's hook.
    return new Promise<T>((resolve, reject) => {
      const stop = this.watch(reject);
      void work.then(resolve, reject).then(stop);
    });
  }

  /**
   * Calls `onOver` once with the error when the budget is spent or the request is aborted; at once if that
   * has already happened. Returns a function that ends the watch.
   */
  watch(onOver: (error: LimitError) => void): () => void {
    // A zero-delay timer would fire too late: the statement that begins now would already be sent.
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
