import { ConfigurationError } from '../errors';

/** Where one node listens. `name` is what logs, metrics and headers call it. */
export interface NodeAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The name in the URL that it was found by, where that is not its own. */
  readonly listedAs?: string;
  /** The `host:port` of the URL that it was found by, where that is not its name: groups and weights may say either. */
  readonly entry?: string;
  /** Other names that lead to the same server: what is configured for one of them holds for the node. */
  readonly otherNames?: readonly NodeAddress[];
}

/** What was configured for the node, by its own name, by what the URL calls it, or by another name of its server. */
export function configuredFor<T>(
  { name, entry, otherNames = [] }: NodeAddress,
  of: (name: string) => T | undefined,
): T | undefined {
  const own = of(name) ?? (entry === undefined ? undefined : of(entry));
  if (own !== undefined || otherNames.length === 0) return own;
  for (const other of otherNames) {
    const configured = configuredFor(other, of);
    if (configured !== undefined) return configured;
  }
  return undefined;
}

/** What a multi-host connection URL says. */
export interface ConnectionTarget {
  readonly nodes: readonly NodeAddress[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The query string, passed on to the driver as it is (`sslmode`, …), without the question mark. */
  readonly parameters: string;
}

const SHAPE = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]+)\/([^?]+)(?:\?(.*))?$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+)(?::(\d+))?$/;
const DEFAULT_PORT = 5432;

/**
 * Parses `postgres://user:password@h1:5432,h2:5432/database`, the multi-host form of libpq
 * (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS). Roles are not part of it.
 * Throws ConfigurationError with the password masked.
 */
export function parseConnectionUrl(url: string, option = 'DATABASE_URL'): ConnectionTarget {
  const fail = (limit: string) => new ConfigurationError(option, maskPassword(url), limit);
  const match = SHAPE.exec(url);
  if (!match) {
    throw fail('expected postgres://user:password@host1:5432,host2:5432/database');
  }
  const [, user = '', password = '', hosts = '', database = '', parameters = ''] = match;
  const nodes = hosts.split(',').map((entry) => {
    const parts = HOST.exec(entry);
    if (!parts) throw fail(`'${entry}' is not a host or host:port`);
    const port = parts[2] === undefined ? DEFAULT_PORT : Number(parts[2]);
    if (port < 1 || port > 65_535) throw fail(`port ${port} of '${entry}' is not within 1 to 65535`);
    const host = (parts[1] ?? '').replace(/^\[|\]$/g, '');
    return { name: `${parts[1] ?? ''}:${port}`, host, port };
  });
  const names = new Set(nodes.map((node) => node.name));
  if (names.size < nodes.length) throw fail('the same host:port is listed twice');
  try {
    return {
      nodes,
      user: decodeURIComponent(user),
      password: decodeURIComponent(password),
      database: decodeURIComponent(database),
      parameters,
    };
  } catch {
    throw fail('user, password and database must be percent-encoded');
  }
}

/** The URL of one node, for the driver. */
export function nodeUrl(
  target: Omit<ConnectionTarget, 'nodes'>,
  node: NodeAddress,
  credentials: { user: string; password: string } = target,
): string {
  const host = node.host.includes(':') ? `[${node.host}]` : node.host;
  const query = target.parameters === '' ? '' : `?${target.parameters}`;
  return `postgres://${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@${host}:${node.port}/${encodeURIComponent(target.database)}${query}`;
}

function maskPassword(url: string): string {
  return url.replace(/(:\/\/[^:@/]*:)[^@]*(@)/, '$1***$2');
}
