import { Inject, Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { SERVICE_CONFIG, type ServiceConfig } from '../config/service-config';
import { Problem } from '../problems/problem';
import { type Caller, callerOf } from './caller';
import { VerifiedTokens } from './verified-tokens';

const CLOCK_TOLERANCE_SECONDS = 5;
// Neither "none" nor HS256: a public key must never be accepted as a shared secret.
const ISSUER_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

/** Verifies bearer tokens against the configured secret or the issuer's published keys. */
@Injectable()
export class TokenVerifier {
  private readonly key: Uint8Array | JWTVerifyGetKey;
  private readonly options: JWTVerifyOptions;
  private readonly verified = new VerifiedTokens();

  constructor(@Inject(SERVICE_CONFIG) { auth }: Pick<ServiceConfig, 'auth'>) {
    const { keys, issuer, audience } = auth;
    const isSecret = 'secret' in keys;
    this.key = isSecret ? new TextEncoder().encode(keys.secret) : createRemoteJWKSet(keys.jwksUrl);
    this.options = {
      algorithms: isSecret ? ['HS256'] : ISSUER_ALGORITHMS,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  /** Returns the caller of a token that has been verified lately; undefined when it has to be verified. */
  knownCallerOf(token: string): Caller | undefined {
    return this.verified.callerOf(token);
  }

  /**
   * Returns the caller that a request with this token runs for.
   *
   * @throws Problem 401 stating what is wrong with the token; 503 when the issuer's keys cannot be fetched
   */
  async callerOf(token: string): Promise<Caller> {
    const claims = await this.claimsOf(token);
    const result = callerOf(claims);
    if ('objection' in result) throw unauthorized(result.objection);
    this.verified.add(token, result.caller, (claims.exp ?? 0) * 1_000);
    return result.caller;
  }

  private async claimsOf(token: string) {
    try {
      // Two calls, because jose distinguishes a key from a key-finding function by overload.
      const { payload } =
        this.key instanceof Uint8Array
          ? await jwtVerify(token, this.key, this.options)
          : await jwtVerify(token, this.key, this.options);
      return payload;
    } catch (error) {
      const reason = refusal(error);
      if (reason !== undefined) throw unauthorized(reason);
      throw new Problem(
        {
          status: 503,
          detail: 'The keys that tokens are verified with cannot be fetched at the moment.',
          headers: { 'retry-after': '5' },
        },
        { cause: error },
      );
    }
  }
}

/** A 401 as RFC 6750 requires. Without a reason, the request had no token. */
export function unauthorized(reason?: string): Problem {
  return new Problem({
    status: 401,
    detail: reason ?? 'This needs a bearer token: Authorization: Bearer <token>',
    headers: {
      'www-authenticate':
        reason === undefined
          ? 'Bearer realm="shop"'
          : `Bearer realm="shop", error="invalid_token", error_description="${reason}"`,
    },
  });
}

/**
 * What the token's sender did wrong; undefined when the fault is on this side (keys that cannot be fetched).
 */
function refusal(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed)
    return `the token's claim ${error.claim} is not acceptable`;
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return "the token's signature is not valid here";
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token's algorithm is not accepted here";
  if (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSENotSupported
  ) {
    return 'the token is malformed';
  }
  return undefined;
}
