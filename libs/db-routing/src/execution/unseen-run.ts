import { StalePositionError } from '../engine/stale-position-error';
import { ConnectionLostError } from '../errors';
import type { Decision } from '../routing/decide';

/**
 * Whether a statement that was taken for a read may have been executed by a server that accepts writes,
 * although its answer was lost or discarded. If it turns out to write, it must not run twice.
 */
export class UnseenRun {
  #cause: unknown;
  #wasDiscarded = false;

  /** Why that may be; undefined when the statement was executed nowhere. */
  get cause(): unknown {
    return this.#cause;
  }

  /** Whether such a server has answered: further attempts must be read-only. */
  get wasDiscarded(): boolean {
    return this.#wasDiscarded;
  }

  /** An attempt has failed with this error. */
  failed({ node }: Decision, error: unknown): void {
    // On a fenced primary, statements run in a read-only transaction.
    if (node.isFenced) return;
    // A replica may have become the primary since the monitor probed it.
    if (error instanceof StalePositionError && error.position?.isReplica === false) this.#wasDiscarded = true;
    else if (!(error instanceof ConnectionLostError)) return;
    this.#cause = error;
  }
}
