/** The consistency token as a cookie, for browsers. */
export interface TokenCookieOptions {
  readonly name: string;
  /** Sends the cookie over HTTPS only. */
  readonly isSecure: boolean;
  readonly sameSite: 'Strict' | 'Lax' | 'None';
  /** Lifetime of the cookie, in seconds. */
  readonly maxAgeS: number;
}

export const DEFAULT_COOKIE: TokenCookieOptions = {
  name: 'consistency_token',
  isSecure: true,
  sameSite: 'Lax',
  maxAgeS: 86_400,
};

/** Tokens contain no character that a cookie would have to escape. */
export function readCookie(header: string | string[] | undefined, name: string): string | undefined {
  for (const pair of String(header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

export function cookieHeader(
  { name, isSecure, sameSite, maxAgeS }: TokenCookieOptions,
  token: string,
): string {
  const secure = isSecure ? '; Secure' : '';
  return `${name}=${token}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=${sameSite}${secure}`;
}
