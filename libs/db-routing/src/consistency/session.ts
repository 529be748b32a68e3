import { AmbientKey } from '../ambient';
import { laterOf, type Position } from './position';

/**
 * What one caller has written and seen so far. Reads at the level `session` return nothing older; whatever they return moves it on.
 * It never goes back.
 */
export class Session {
  static readonly #current = new AmbientKey<Session>('session');

  /** What becomes of a read that finds the session ahead of the primary: an error, or it goes on from where the primary is. */
  readonly onAhead: 'refuse' | 'ignore';
  #position: Position | undefined;
  #wasAhead = false;

  /** `position`: from an earlier request, or from another service. */
  constructor(position?: Position, { onAhead = 'refuse' }: { readonly onAhead?: 'refuse' | 'ignore' } = {}) {
    this.#position = position;
    this.onAhead = onAhead;
  }

  /** The session that the calling code runs in. */
  static current(): Session | undefined {
    return Session.#current.get();
  }

  /** Everything that `fn` writes and reads, and what it awaits, belongs to this session. */
  run<R>(fn: () => R): R {
    return Session.#current.run(this, fn);
  }

  /** Undefined until something was written or seen. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Whether it was begun with a position that the primary did not have. */
  get wasAhead(): boolean {
    return this.#wasAhead;
  }

  /** The session has written, or seen, this. */
  advance(position: Position): void {
    this.#position = laterOf(this.#position, position);
  }

  /** `wrong` is not of this cluster's history: `position` is where the primary is. What it has learned since from elsewhere stays. */
  correct(wrong: Position, position: Position): void {
    this.#wasAhead = true;
    if (this.#position === wrong) this.#position = position;
    else this.advance(position);
  }
}
