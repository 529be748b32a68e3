import type { PoolSession } from '../../consistency/pool-session';
import { Session } from '../../consistency/session';
import type { ServerPositions } from './server-positions';

/** A question for the primary's position that has not been answered yet. */
interface Question {
  /** How many unasked writes had been answered when it began: its answer covers these. */
  readonly covers: number;
  readonly answer: Promise<boolean>;
}

/**
 * The writes of the pool's own session that have not asked for their positions. A read that needs the
 * session's position asks the primary first, once for all of these writes and for all callers that wait.
 */
export class UnaskedWrites {
  #question: Question | undefined;
  #next: Promise<boolean> | undefined;

  constructor(
    private readonly own: PoolSession,
    private readonly positions: ServerPositions,
  ) {}

  /**
   * Undefined when the session's position covers all writes that were answered before the call. Otherwise
   * resolves with true as soon as it does, or with false when no primary has told its position: then only the
   * primary is certain to have them. Never rejects.
   */
  covered(): Promise<boolean> | undefined {
    const { unasked } = this.own;
    if (this.own.isCovered) return undefined;
    const question = this.#question ?? this.#ask();
    if (question.covers === unasked) return question.answer;
    // The server may have answered before it committed the last of these writes.
    return (this.#next ??= question.answer.then(() => {
      this.#next = undefined;
      return (this.#question ?? this.#ask()).answer;
    }));
  }

  /** A session that begins with everything that was written before the call. */
  sessionOfWrites(): Session {
    const session = new Session(this.own.position, { onAhead: this.own.onAhead });
    this.#takeOver(session);
    const covered = this.covered();
    if (!covered) return session;
    const placed = session.startWrite();
    const told = covered.then((is) => {
      if (!is) return;
      this.#takeOver(session);
      placed();
    });
    session.settle(told);
    return session;
  }

  #takeOver(session: Session): void {
    const { position, needed } = this.own;
    if (position) session.advance(position);
    if (needed) session.require(needed);
  }

  #ask(): Question {
    const { unasked: covers } = this.own;
    const answer = this.positions
      .ofOwnWrites()
      .catch(() => false)
      .then((isKnown) => {
        this.#question = undefined;
        if (isKnown) this.own.cover(covers);
        return isKnown;
      });
    return (this.#question = { covers, answer });
  }
}
