import { AmbientKey } from '../ambient';
import { InvalidConsistencyTokenError, NoConsistencyTokensError } from '../errors';
import type { Position } from '../engine/position';
import { isSamePosition } from './position';
import { Session } from './session';
import type { PositionTokens, OpenedToken, TokenObjection } from './position-tokens';

/** Turns the position of one caller's sessions into tokens and back. */
export class TokenCarrier {
  static readonly #current = new AmbientKey<TokenCarrier>('token-carrier');

  #last: { readonly position: Position; readonly token: string } | undefined;

  constructor(
    private readonly tokens: PositionTokens,
    private subject: string | undefined,
    /** Of the cluster, as far as it is known. */
    private readonly systemId: string | undefined,
  ) {}

  static current(): TokenCarrier | undefined {
    return TokenCarrier.#current.get();
  }

  run<R>(fn: () => R): R {
    return TokenCarrier.#current.run(this, fn);
  }

  open(token: string): OpenedToken | { readonly objection: TokenObjection } {
    return this.tokens.open(token, this.systemId);
  }

  /** Whose tokens they are is known from now on. */
  bindTo(subject: string | undefined): void {
    this.subject = subject;
    this.#last = undefined;
  }

  /** Whether the caller may bring this token. */
  accepts(opened: OpenedToken, token: string): boolean {
    if (!this.tokens.isFor(opened, this.subject)) return false;
    // Most requests end where they began: the same token serves again.
    if (this.tokens.isBoundTo(opened.owner, this.subject)) this.#last = { position: opened.position, token };
    return true;
  }

  tokenFor(position: Position): string {
    const last = this.#last;
    if (last && isSamePosition(last.position, position)) return last.token;
    const token = this.tokens.sign(position, this.subject);
    this.#last = { position, token };
    return token;
  }
}

/** A pool that has keys, for code that runs outside of any request. */
export interface TokenHome {
  readonly tokens: PositionTokens;
  /** Of the calling code on this pool; the pool's own where it is in no other. */
  readonly session: () => Session;
  /** Of the pool's cluster, as far as it is known. */
  readonly systemId: () => string | undefined;
}

const homes = new Set<TokenHome>();

/** From now on free functions find the keys of this pool; the function that is returned ends that. */
export function registerTokenHome(home: TokenHome): () => void {
  homes.add(home);
  return () => homes.delete(home);
}

/**
 * The token for what the calling code's session has written and seen so far: for an event or a message, so that whoever gets it can
 * read what it tells of. Outside of a request and of any Session it is for what this process has written through its pool, and bound to no
 * subject. Undefined before anything was written or seen. Throws NoConsistencyTokensError.
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
 * Takes over what another service has answered, or a message brought: the calling code's session reads nothing older from now on. Outside of
 * a request and of any Session, none of this process' reads does. Whose token it was does not matter: the code that calls this vouches
 * for it. One that has expired is of no use and no harm: every replica has what it stands for.
 * Throws NoConsistencyTokensError, and InvalidConsistencyTokenError for what none of the keys has signed for this cluster.
 */
export function acceptConsistencyToken(token: string): void {
  const objection = takeOverToken(token);
  if (objection !== undefined && objection !== 'expired') throw new InvalidConsistencyTokenError(objection);
}

/** The same, but says what is wrong with the token. Throws NoConsistencyTokensError. */
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

/** The only pool that has keys; of several, the one whose cluster the position is of. */
function homeFor(position: Position | undefined): TokenHome {
  const [only, ...others] = homes;
  const home =
    others.length === 0 ? only : [...homes].find(({ systemId }) => systemId() === position?.systemId);
  if (!home) throw new NoConsistencyTokensError(homes.size);
  return home;
}
