import { AmbientKey } from '../ambient';
import type { Position } from './position';
import { Session } from './session';
import type { ConsistencyTokens, TokenVerdict } from './token';

/** Turns the position of one caller's sessions into tokens and back. */
export class TokenCarrier {
  static readonly #current = new AmbientKey<TokenCarrier>('token-carrier');

  #last: { readonly position: Position; readonly token: string } | undefined;

  constructor(
    private readonly tokens: ConsistencyTokens,
    private readonly subject: string | undefined,
    /** Of the cluster, as far as it is known. */
    private readonly systemId: string | undefined,
  ) {}

  static current(): TokenCarrier | undefined {
    return TokenCarrier.#current.get();
  }

  run<R>(fn: () => R): R {
    return TokenCarrier.#current.run(this, fn);
  }

  verify(token: string): TokenVerdict {
    const verdict = this.tokens.verify(token, this.subject, this.systemId);
    // Most requests end where they began: the same token serves again.
    if ('position' in verdict) this.#last = { position: verdict.position, token };
    return verdict;
  }

  tokenFor(position: Position): string {
    const last = this.#last;
    if (last?.position.timeline === position.timeline && last.position.lsn === position.lsn)
      return last.token;
    const token = this.tokens.sign(position, this.subject);
    this.#last = { position, token };
    return token;
  }
}

/**
 * The token for what the calling code's session has written and seen so far: for an event or a message, so that whoever gets it can
 * read what it tells of. Undefined outside of a request, and before anything was written or seen.
 */
export function currentConsistencyToken(): string | undefined {
  const position = Session.current()?.position;
  return position && TokenCarrier.current()?.tokenFor(position);
}

/** Takes over what another service has answered, or a message brought: the calling code's session reads nothing older from now on. */
export function acceptConsistencyToken(token: string): void {
  const verdict = TokenCarrier.current()?.verify(token);
  if (verdict && 'position' in verdict) Session.current()?.advance(verdict.position);
}
