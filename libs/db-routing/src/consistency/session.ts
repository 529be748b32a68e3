import { AmbientKey } from '../ambient';
import { laterOf, type Position } from './position';

/**
 * What one caller has written and seen so far. Reads at the level `session` return nothing older; whatever they return moves it on.
 * It never goes back.
 */
export class Session {
  static readonly #current = new AmbientKey<Session>('session');

  #position: Position | undefined;

  /** `position`: from an earlier request, or from another service. */
  constructor(position?: Position) {
    this.#position = position;
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

  /** The session has written, or seen, this. */
  advance(position: Position): void {
    this.#position = laterOf(this.#position, position);
  }

  /** `wrong` is not of this cluster's history: `position` is where the primary is. What it has learned since from elsewhere stays. */
  correct(wrong: Position, position: Position): void {
    if (this.#position === wrong) this.#position = position;
    else this.advance(position);
  }
}
