import { SignJWT } from 'jose';
import { ConfigError } from '../config/config-error';
import { readEnvironment } from '../config/environment-files';
import { DEVELOPMENT_JWT_SECRET } from '../config/service-config';

const NAMES = ['NODE_ENV', 'JWT_SECRET', 'JWKS_URL', 'JWT_ISSUER', 'JWT_AUDIENCE'];

/** The claims that a token may have besides its subject. */
export interface TokenClaims {
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
}

/**
 * Makes a token for `subject` with these claims, valid for twelve hours, that the services accept in
 * development. It is signed with JWT_SECRET or the development secret, and names JWT_ISSUER and JWT_AUDIENCE
 * when they are set.
 *
 * @throws ConfigError where tokens come from an issuer: in production, and with JWKS_URL
 */
export async function mintDevelopmentToken(
  subject: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
  { roles, tenant }: TokenClaims = {},
): Promise<string> {
  const { given, problems } = readEnvironment(environment, NAMES);
  if (problems.length > 0) throw new ConfigError(problems);
  if (given.NODE_ENV === 'production') {
    throw new ConfigError([
      'NODE_ENV is production: tokens come from the issuer there, not from this command',
    ]);
  }
  if (given.JWKS_URL !== undefined) {
    throw new ConfigError([
      `JWKS_URL is "${given.JWKS_URL}": tokens come from the issuer of these keys then, not from this command`,
    ]);
  }
  const token = new SignJWT({ roles, tenant })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('12h');
  if (given.JWT_ISSUER !== undefined) token.setIssuer(given.JWT_ISSUER);
  if (given.JWT_AUDIENCE !== undefined) token.setAudience(given.JWT_AUDIENCE);
  return token.sign(new TextEncoder().encode(given.JWT_SECRET ?? DEVELOPMENT_JWT_SECRET));
}
