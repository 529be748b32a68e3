import { RequestAbortedError } from '../../errors';
import type { Clock } from '../../clock';
import { type LimitError, RequestLimits } from '../limits/request-limits';

/**
 * The limits of one attempt at a read: the attempt ends with the request, or when another attempt has
 * answered.
 */
export class AttemptLimits extends RequestLimits {
  readonly #running = new Set<(error: LimitError) => void>();
  #overtaken: RequestAbortedError | undefined;

  constructor(
    clock: Clock,
    private readonly outer: RequestLimits | undefined,
  ) {
    // The attempt has no budget; `outer` enforces the request's.
    super(clock, Infinity);
  }

  /** Another attempt has answered: cancels everything that runs for this one. */
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
