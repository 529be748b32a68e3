import { SignJWT } from 'jose';
import { ConfigError } from '../config/config-error';
import { DEVELOPMENT_JWT_SECRET } from '../config/service-config';

/**
 * A token for `subject`, valid for twelve hours, as the services accept it in development: signed with JWT_SECRET,
 * or with the development secret, and made out for JWT_ISSUER and JWT_AUDIENCE where they are set.
 *
 * @throws ConfigError in production, where tokens come from an issuer
 */
export async function mintDevelopmentToken(
  subject: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  if (environment.NODE_ENV === 'production') {
    throw new ConfigError([
      'NODE_ENV is production: tokens come from the issuer there, not from this command',
    ]);
  }
  const token = new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('12h');
  if (environment.JWT_ISSUER) token.setIssuer(environment.JWT_ISSUER);
  if (environment.JWT_AUDIENCE) token.setAudience(environment.JWT_AUDIENCE);
  const secret = environment.JWT_SECRET;
  return token.sign(
    new TextEncoder().encode(secret === undefined || secret === '' ? DEVELOPMENT_JWT_SECRET : secret),
  );
}
