import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Names of this machine that no other machine's DNS can take over. */
const LOOPBACK_HOSTS = new Set(['127.0.0.1', 'localhost', '[::1]']);
const OWN_SITE = new Set(['same-origin', 'none']);

/** A request, as far as the guard judges it. */
export interface GuardedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The token that it brought, if any. */
  readonly token: string | undefined;
}

/**
 * Returns why a request is refused; undefined when it is not.
 *
 * - Another host name: a page elsewhere could let its own name lead to this machine (DNS rebinding).
 * - Another origin: a page elsewhere could send requests here from this browser (CSRF).
 * - No token, or a wrong one, unless the request only asks for the page, which contains it.
 */
export function refusalOf(
  { headers, token }: GuardedRequest,
  { expectedToken }: { readonly expectedToken: string | undefined },
): string | undefined {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!LOOPBACK_HOSTS.has(hostnameOf(host))) {
    return `host ${host === '' ? '(none)' : host}: the console answers to 127.0.0.1 and localhost only`;
  }
  if (origin !== undefined && origin !== `http://${host}`)
    return `origin ${origin}: not the console's own page`;
  if (typeof site === 'string' && !OWN_SITE.has(site)) return `a request from another site (${site})`;
  if (expectedToken === undefined || isSame(token ?? '', expectedToken)) return undefined;
  return token === undefined ? 'no token: reload the page' : 'a token of another start: reload the page';
}

function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
