/** The caller that a request runs for, as its verified token says. */
export interface Caller {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly tenant: string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard; undefined when the handler requires no token. */
    caller: Caller | undefined;
  }
}

/** Routing rules match texts of up to this length. */
const MAX_LENGTH = 128;
const MAX_ROLES = 32;
const TEXT_SHAPE = `1 to ${MAX_LENGTH} printable characters`;

/**
 * Returns the caller described by a token's claims, or what is wrong with them. `sub` is required; `roles`
 * (RFC 9068, section 2.2.3.1) and `tenant` are optional. A claim may be any JSON value, whatever its type
 * says, because jose only checks that it is present. Claims of another shape are refused: otherwise a rule
 * that asks for a role would silently not apply.
 */
export function callerOf({
  sub: subject,
  roles = [],
  tenant,
}: Readonly<Record<string, unknown>>): { readonly caller: Caller } | { readonly objection: string } {
  if (!isText(subject)) return { objection: `the token's subject must be ${TEXT_SHAPE}` };
  if (tenant !== undefined && !isText(tenant)) {
    return { objection: `the token's tenant must be ${TEXT_SHAPE}` };
  }
  if (!Array.isArray(roles) || roles.length > MAX_ROLES || !roles.every(isText)) {
    return { objection: `the token's roles must be a list of at most ${MAX_ROLES}, each ${TEXT_SHAPE}` };
  }
  return { caller: { subject, roles, tenant } };
}

function isText(claim: unknown): claim is string {
  return typeof claim === 'string' && claim.length <= MAX_LENGTH && /^[^\p{Cc}\p{Cs}]+$/u.test(claim);
}
