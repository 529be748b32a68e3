import { RequestAbortedError } from '../../errors';
import type { Clock } from '../../clock';
import { type LimitError, RequestLimits } from '../limits/request-limits';

/** Of one attempt at a read: it ends with the request that asked for it, or when another attempt has answered. */
export class AttemptLimits extends RequestLimits {
  readonly #running = new Set<(error: LimitError) => void>();
  #overtaken: RequestAbortedError | undefined;

  constructor(
    clock: Clock,
    private readonly outer: RequestLimits | undefined,
  ) {
    // What it may take is the request's affair.
    super(clock, Infinity);
  }

  /** Nobody waits for this attempt any more: what runs for it is cancelled. */
  override abort(): void {
    const error = (this.#overtaken ??= new RequestAbortedError());
    for (const tell of [...this.#running]) tell(error);
    this.#running.clear();
  }

  override watch(onOver: (error: LimitError) => void): () => void {
    if (this.#overtaken) {
      onOver(this.#overtaken);
      return () => undefined;
    }
    const unwatch = this.outer?.watch(onOver);
    this.#running.add(onOver);
    return () => {
      this.#running.delete(onOver);
      unwatch?.();
    };
  }
}
