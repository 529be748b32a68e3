import { ConfigurationError } from '../../errors';
import { Hidden } from './hidden';
import { isSocket, type NodeAddress } from '../../engine/node-address';
import { ParameterErrors } from './parameter-errors';
import { decoded, nodesOf } from './url-hosts';

/** What a multi-host connection URL says. */
export interface ConnectionTarget {
  readonly nodes: readonly NodeAddress[];
  /** Empty when the URL names none: the driver then uses PGUSER or the user of the operating system. */
  readonly user: string;
  /** Undefined when the URL has none. */
  readonly password: Hidden<string> | undefined;
  readonly database: string;
  /**
   * The query string without the parts in the fields above, in its order. Hidden, because it may contain the
   * rest of a password that was cut.
   */
  readonly parameters: Hidden<ReadonlyMap<string, string>>;
  /** Makes the errors about them. */
  readonly parameterErrors: ParameterErrors;
}

const SCHEME = /^postgres(?:ql)?:\/\//;
const SECRETS = ['password', 'sslpassword'];
const EXAMPLE = 'postgres://user:password@host1:5432,host2:5432/database';

/**
 * Parses `postgres://user:password@h1:5432,h2:5432/database?…`, the multi-host form of libpq
 * (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-MULTIPLE-HOSTS), and its form for sockets:
 * `postgres:///database?host=/run/postgresql`. Throws ConfigurationError when the URL is malformed; the error
 * repeats no part of the URL, because a password may be anywhere in a malformed one.
 */
export function parseConnectionUrl(url: string): ConnectionTarget {
  const { userinfo, authority, path, query } = partsOf(url);
  const parameters = parametersOf(query);
  const parameterErrors = new ParameterErrors(SECRETS.some((name) => parameters.has(name)));
  const [user, password] = credentialsOf(userinfo, parameters);
  const database = decoded(path, 'database', fail) || takeOut(parameters, 'dbname');
  if (database === undefined || database === '') throw fail(`it names no database: ${EXAMPLE}`);
  return {
    nodes: nodesOf({ authority, host: takeOut(parameters, 'host'), port: takeOut(parameters, 'port') }, fail),
    user,
    password: password === '' ? undefined : new Hidden(password),
    database,
    parameters: new Hidden(parameters),
    parameterErrors,
  };
}

/**
 * Returns the same URL for one of its nodes, with every other setting unchanged. Throws ConfigurationError
 * when the URL is malformed.
 */
export function urlOfNode(url: string, { host, port }: Pick<NodeAddress, 'host' | 'port'>): string {
  const { userinfo, path, query } = partsOf(url);
  const parameters = new URLSearchParams(query);
  parameters.delete('host');
  parameters.delete('port');
  const credentials = userinfo === undefined ? '' : `${userinfo.replaceAll('@', '%40')}@`;
  if (isSocket(host)) {
    parameters.set('host', host);
    parameters.set('port', String(port));
  }
  const address = isSocket(host) ? '' : `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const rest = parameters.size === 0 ? '' : `?${parameters.toString().replaceAll('+', '%20')}`;
  return `postgres://${credentials}${address}/${path}${rest}`;
}

function fail(limit: string): ConfigurationError {
  return new ConfigurationError('url', '***', limit);
}

interface UrlParts {
  readonly userinfo: string | undefined;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
}

/**
 * Splits a URL. The authority ends at the first `/`, `?` or `#`, and the user information at its last `@`, as
 * in every URL parser. So an `@` after the authority means that one of these characters cut a password, and
 * the parts that follow are not what they look like.
 */
function partsOf(url: string): UrlParts {
  if (typeof url !== 'string') throw new ConfigurationError('url', typeof url, `expected ${EXAMPLE}`);
  if (!SCHEME.test(url)) throw fail(otherForm(url));
  const rest = url.replace(SCHEME, '');
  const end = /[/?#]|$/.exec(rest)?.index ?? rest.length;
  const [authority, behind] = [rest.slice(0, end), rest.slice(end)];
  if (/[@#]/.test(behind)) {
    throw fail(
      'an @ or # follows the hosts: in a user, a password and a parameter, ' +
        'write / as %2F, ? as %3F, # as %23, @ as %40',
    );
  }
  const at = authority.lastIndexOf('@');
  const [path = '', ...query] = behind.split('?');
  return {
    userinfo: at < 0 ? undefined : authority.slice(0, at),
    authority: authority.slice(at + 1),
    path: path.replace(/^\//, ''),
    query: query.join('?'),
  };
}

function otherForm(url: string): string {
  if (/^(socket:|\/)/.test(url))
    return 'a socket is written postgres:///database?host=/directory/of/the/socket';
  if (/^\s*\w+\s*=/.test(url)) return `a string of key=value pairs is written as a URL: ${EXAMPLE}`;
  return `expected ${EXAMPLE}`;
}

function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (parameters.has(name)) throw fail(`its parameter ${parameters.size + 1} is given twice`);
    parameters.set(name, value);
  }
  return parameters;
}

/** As in pg and libpq, `?user=` and `?password=` win. */
function credentialsOf(userinfo = '', parameters: Map<string, string>): [user: string, password: string] {
  const colon = userinfo.indexOf(':');
  const user = colon < 0 ? userinfo : userinfo.slice(0, colon);
  const password = colon < 0 ? '' : userinfo.slice(colon + 1);
  return [
    takeOut(parameters, 'user') ?? decoded(user, 'user', fail),
    takeOut(parameters, 'password') ?? decoded(password, 'password', fail),
  ];
}

function takeOut(parameters: Map<string, string>, name: string): string | undefined {
  const value = parameters.get(name);
  parameters.delete(name);
  // As in pg and libpq, an empty value counts as none.
  return value === '' ? undefined : value;
}
