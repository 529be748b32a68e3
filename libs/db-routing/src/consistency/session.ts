import { AmbientKey, type AmbientValue } from '../ambient';
import type { Position } from '../engine/position';
import { laterOf } from './position';

/**
 * What one caller has written and seen so far. Reads at the level `session` return nothing older, and what
 * they return advances the session. It never moves back, except when correct() or disown() removes a
 * position.
 */
export class Session {
  static readonly #current = new AmbientKey<Session>('session');

  #onAhead: 'refuse' | 'ignore';
  #position: Position | undefined;
  /** Later than `#position`. Reads need it, but no token contains it: a crash of the primary may lose it. */
  #unpromised: Position | undefined;
  #wasAhead = false;
  #unplacedWrites = 0;
  readonly #settling = new Set<Promise<void>>();
  #systemId: string | undefined;
  #elsewhere: Map<string, Session> | undefined;

  /** `position` comes from an earlier request or from another service. */
  constructor(position?: Position, { onAhead = 'refuse' }: { readonly onAhead?: 'refuse' | 'ignore' } = {}) {
    this.#position = position;
    this.#onAhead = onAhead;
  }

  /**
   * What happens when a read finds the session ahead of the primary: it fails, or the session continues from
   * the primary's position.
   */
  get onAhead(): 'refuse' | 'ignore' {
    return this.#onAhead;
  }

  /** The session that the calling code runs in; undefined outside of one. */
  static current(): Session | undefined {
    return Session.#current.get();
  }

  /** Runs `fn`: what it, and what it awaits, writes and reads belongs to this session. */
  run<R>(fn: () => R): R {
    return Session.#current.run(this, fn);
  }

  /** The session, as a value for ambientWith(): what runs with it belongs to this session. */
  get ambient(): AmbientValue {
    return Session.#current.with(this);
  }

  /**
   * Returns the caller's session in the cluster with this system identifier, since a position means nothing
   * in another cluster; returns this session when the identifier is not known yet. This session belongs to
   * the cluster of its first position, or else to the first cluster that asks; its token carries only that.
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

  /** Whether reads advance the session, as writes do. */
  get followsReads(): boolean {
    return true;
  }

  /**
   * Whether work of the session asks for the position in its own packet. Called once for each write, as the
   * session may choose.
   */
  asksBehind(work: 'read' | 'write'): boolean {
    return work === 'write' || this.followsReads;
  }

  /** A read needs the position. Returns whether it lacks some writes, so that it must be asked for. */
  consult(): boolean {
    return false;
  }

  /** Undefined until the session has written or seen something. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** What a read must contain: the position, or a later commit that the primary has not flushed yet. */
  get needed(): Position | undefined {
    return this.#unpromised ?? this.#position;
  }

  /** Whether the session had a position that the primary did not have. */
  get wasAhead(): boolean {
    return this.#wasAhead;
  }

  /**
   * Marks a write whose position arrives only after its caller may have gone on, such as that of a cursor.
   * Until the caller of startWrite() calls the returned function, only the primary is certain to have the
   * write.
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

  /**
   * Registers a position that arrives after its statement has ended. `told` settles when it has arrived, and
   * never rejects.
   */
  settle(told: Promise<void>): void {
    this.#settling.add(told);
    void told.then(() => this.#settling.delete(told));
  }

  /** Resolves when every position given to settle() has arrived; undefined when none is outstanding. */
  get settled(): Promise<unknown> | undefined {
    return this.#settling.size === 0 ? undefined : Promise.all(this.#settling);
  }

  /** Moves the session on to a position that it has written or seen. */
  advance(position: Position): void {
    this.#position = laterOf(this.#position, position);
    const unpromised = this.#unpromised;
    if (unpromised && laterOf(unpromised, this.#position) === this.#position) this.#unpromised = undefined;
  }

  /**
   * Moves the session on to what a replica has shown. One that follows a newer timeline may not have replayed
   * all that this timeline has of the older one: then it has shown nothing later.
   */
  seeOnReplica(position: Position): void {
    const { needed } = this;
    const isNewer = needed?.systemId === position.systemId && needed.timeline < position.timeline;
    if (!isNewer || position.log.has(needed.log)) this.advance(position);
  }

  /** Makes reads need this position but keeps it out of tokens: a crash of the primary could lose it. */
  require(position: Position): void {
    const needed = laterOf(this.needed, position);
    if (needed === position) this.#unpromised = position;
  }

  /**
   * Takes over a position from a memory. If the primary does not have it, the caller is not to blame, and
   * reads go on.
   */
  recall(position: Position): void {
    const before = this.#position;
    this.advance(position);
    if (this.#position !== before) this.#onAhead = 'ignore';
  }

  /**
   * Replaces `given`, a position of another subject that the session began with, with `own`, the caller's
   * part of it. What the session has learned since stays.
   */
  disown(given: Position, own: Position | undefined): void {
    if (this.#position === given) this.#position = own;
    else if (own) this.advance(own);
  }

  /**
   * Replaces `wrong`, which is not in this cluster's history, with `position`, where the primary is. What the
   * session has learned elsewhere since stays.
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
