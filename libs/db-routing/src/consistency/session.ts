import { AmbientKey } from '../ambient';
import type { Position } from '../engine/position';
import { laterOf } from './position';

/**
 * What one caller has written and seen so far. Reads at the level `session` return nothing older; whatever they return moves it on.
 * It never goes back.
 */
export class Session {
  static readonly #current = new AmbientKey<Session>('session');

  #onAhead: 'refuse' | 'ignore';
  #position: Position | undefined;
  /** Later than the position; read, but in no token: a crash of the primary may take it back. */
  #unpromised: Position | undefined;
  #wasAhead = false;
  #unplacedWrites = 0;
  readonly #settling = new Set<Promise<void>>();
  #systemId: string | undefined;
  #elsewhere: Map<string, Session> | undefined;

  /** `position`: from an earlier request, or from another service. */
  constructor(position?: Position, { onAhead = 'refuse' }: { readonly onAhead?: 'refuse' | 'ignore' } = {}) {
    this.#position = position;
    this.#onAhead = onAhead;
  }

  /** What becomes of a read that finds the session ahead of the primary: an error, or it goes on from where the primary is. */
  get onAhead(): 'refuse' | 'ignore' {
    return this.#onAhead;
  }

  /** The session that the calling code runs in. */
  static current(): Session | undefined {
    return Session.#current.get();
  }

  /** Everything that `fn` writes and reads, and what it awaits, belongs to this session. */
  run<R>(fn: () => R): R {
    return Session.#current.run(this, fn);
  }

  /**
   * What the caller has written and seen in one of several clusters, known by its system identifier; undefined: it is not known yet. The session
   * itself is for the cluster that it began with, or that asks first: of that its token tells. Positions say nothing in another cluster.
   */
  of(systemId: string | undefined): Session {
    if (systemId === undefined) return this;
    this.#systemId ??= this.#position?.systemId ?? systemId;
    if (this.#systemId === systemId) return this;
    this.#elsewhere ??= new Map<string, Session>();
    const there = this.#elsewhere.get(systemId) ?? new Session();
    this.#elsewhere.set(systemId, there);
    return there;
  }

  /** Whether what it reads moves it on, and not only what it writes. */
  get followsReads(): boolean {
    return true;
  }

  /** Undefined until something was written or seen. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** What a read must contain: the position, and commits that the primary has not flushed yet. */
  get needed(): Position | undefined {
    return this.#unpromised ?? this.#position;
  }

  /** Whether it was begun with a position that the primary did not have. */
  get wasAhead(): boolean {
    return this.#wasAhead;
  }

  /**
   * A write that tells its position only after its caller may have gone on, as a cursor does. Until the function that it returns is called,
   * only the primary has it for sure.
   */
  startWrite(): () => void {
    this.#unplacedWrites += 1;
    let isOver = false;
    return () => {
      if (!isOver) this.#unplacedWrites -= 1;
      isOver = true;
    };
  }

  get hasUnplacedWrites(): boolean {
    return this.#unplacedWrites > 0;
  }

  /** The position of something that is over is on its way; `told` never rejects. */
  settle(told: Promise<void>): void {
    this.#settling.add(told);
    void told.then(() => this.#settling.delete(told));
  }

  /** Until what is over has its position; undefined: it has. */
  get settled(): Promise<unknown> | undefined {
    return this.#settling.size === 0 ? undefined : Promise.all(this.#settling);
  }

  /** The session has written, or seen, this. */
  advance(position: Position): void {
    this.#position = laterOf(this.#position, position);
    const unpromised = this.#unpromised;
    if (unpromised && laterOf(unpromised, this.#position) === this.#position) this.#unpromised = undefined;
  }

  /** The session has written up to here, and no token may say so: a crash of the primary could take it back. */
  require(position: Position): void {
    const needed = laterOf(this.needed, position);
    if (needed === position) this.#unpromised = position;
  }

  /** A memory says that the session was there. If it is wrong, the caller is not to blame. */
  recall(position: Position): void {
    const before = this.#position;
    this.advance(position);
    if (this.#position !== before) this.#onAhead = 'ignore';
  }

  /** It was begun with `given`, which turned out to be another's: `own` is what is left of it. What it has learned since stays. */
  disown(given: Position, own: Position | undefined): void {
    if (this.#position === given) this.#position = own;
    else if (own) this.advance(own);
  }

  /**
   * `wrong` is not of this cluster's history: `position` is where the primary is. What the session has learned since from elsewhere stays.
   */
  correct(wrong: Position, position: Position): void {
    if (this.#unpromised === wrong) {
      this.#unpromised = undefined;
    } else {
      this.#wasAhead = true;
      if (this.#position === wrong) this.#position = position;
    }
    this.advance(position);
  }
}
