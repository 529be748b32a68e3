import { AmbientKey, type AmbientValue } from '../ambient';
import { InvalidConsistencyTokenError, NoConsistencyTokensError } from '../errors';
import type { Position } from '../engine/position';
import { isSamePosition } from './position';
import { Session } from './session';
import type { PositionTokens, OpenedToken, TokenObjection } from './consistency-token';

/** Turns the positions of one caller's sessions into tokens and back. */
export class TokenCarrier {
  static readonly #current = new AmbientKey<TokenCarrier>('token-carrier');

  #subject: string | undefined;
  #last: { readonly position: Position; readonly token: string } | undefined;

  constructor(
    private readonly tokens: PositionTokens,
    subject: string | undefined,
    /** The system identifier of the cluster; undefined until it is known. */
    private readonly systemId: string | undefined,
  ) {
    this.#subject = subject;
  }

  static current(): TokenCarrier | undefined {
    return TokenCarrier.#current.get();
  }

  run<R>(fn: () => R): R {
    return TokenCarrier.#current.run(this, fn);
  }

  /** The carrier, as a value for ambientWith(). */
  get ambient(): AmbientValue {
    return TokenCarrier.#current.with(this);
  }

  open(token: string): OpenedToken | { readonly objection: TokenObjection } {
    return this.tokens.open(token, this.systemId);
  }

  /** Sets the subject that the tokens belong to. */
  bindTo(subject: string | undefined): void {
    this.#subject = subject;
    this.#last = undefined;
  }

  /** Whether the caller may use this token. */
  accepts(opened: OpenedToken, token: string): boolean {
    if (!this.tokens.isFor(opened, this.#subject)) return false;
    // Most requests end at the position where they began, so the same token serves again.
    if (this.tokens.isBoundTo(opened.owner, this.#subject)) this.#last = { position: opened.position, token };
    return true;
  }

  tokenFor(position: Position): string {
    const last = this.#last;
    if (last && isSamePosition(last.position, position)) return last.token;
    const token = this.tokens.sign(position, this.#subject);
    this.#last = { position, token };
    return token;
  }
}

/** A pool with token keys, for code that runs outside any request. */
export interface TokenHome {
  readonly tokens: PositionTokens;
  /** The calling code's session on this pool; the pool's own session when the code runs in none. */
  readonly session: () => Session;
  /** The system identifier of the pool's cluster; undefined until it is known. */
  readonly systemId: () => string | undefined;
}

const homes = new Set<TokenHome>();

/** Lets free functions find the keys of this pool until the returned function is called. */
export function registerTokenHome(home: TokenHome): () => void {
  homes.add(home);
  return () => homes.delete(home);
}

/**
 * Returns the token for what the calling code's session has written and seen so far. An event or a message
 * carries it, so that its recipient can read what the event is about. Outside a request and any Session, the
 * token covers what this process has written through its pool and is bound to no subject. Undefined before
 * anything was written or seen. Throws NoConsistencyTokensError when no pool has token keys, or several do
 * and none is current.
 */
export function currentConsistencyToken(): string | undefined {
  const session = Session.current();
  const carrier = TokenCarrier.current();
  if (carrier) return session?.position && carrier.tokenFor(session.position);
  const home = homeFor(session?.position);
  const { position } = home.session();
  return position && home.tokens.sign(position, undefined);
}

/**
 * Takes over a token from the answer of another service or from a message: the calling code's session reads
 * nothing older from now on. Outside a request and any Session, no read of this process does. The token's
 * subject is not checked; the calling code vouches for it. An expired token changes nothing: every replica
 * already has its position. Throws NoConsistencyTokensError when no pool has token keys, and
 * InvalidConsistencyTokenError when none of the keys has signed the token for this cluster.
 */
export function acceptConsistencyToken(token: string): void {
  const objection = takeOverToken(token);
  if (objection !== undefined && objection !== 'expired') throw new InvalidConsistencyTokenError(objection);
}

/**
 * Like acceptConsistencyToken(), but returns the objection to a token; undefined when it was taken over.
 * Throws NoConsistencyTokensError when no pool has token keys.
 */
export function takeOverToken(token: string): TokenObjection | undefined {
  const carrier = TokenCarrier.current();
  const session = Session.current();
  if (carrier && session) {
    const opened = carrier.open(token);
    if ('objection' in opened) return opened.objection;
    session.advance(opened.position);
    return undefined;
  }
  if (homes.size === 0) throw new NoConsistencyTokensError(0);
  let objection: TokenObjection = 'malformed';
  for (const home of homes) {
    const opened = home.tokens.open(token, home.systemId());
    if ('position' in opened) {
      home.session().advance(opened.position);
      return undefined;
    }
    ({ objection } = opened);
  }
  return objection;
}

/**
 * Returns the only pool with keys; of several, the one whose cluster the position belongs to. Throws
 * NoConsistencyTokensError when there is none.
 */
function homeFor(position: Position | undefined): TokenHome {
  const [only, ...others] = homes;
  const home =
    others.length === 0 ? only : [...homes].find(({ systemId }) => systemId() === position?.systemId);
  if (!home) throw new NoConsistencyTokensError(homes.size);
  return home;
}
