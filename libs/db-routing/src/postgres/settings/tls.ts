import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { parse } from 'pg-connection-string';
import { ConfigurationError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import type { ConnectionTarget } from './connection-url';

/**
 * As in node-postgres: false, true (verified by the system's authorities), or the options of tls.connect().
 */
export type TlsSetting = boolean | ConnectionOptions;

/** The parameters of a URL that say how connections are encrypted. */
export const TLS_PARAMETERS = [
  'ssl',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'uselibpqcompat',
] as const;

const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];
const SWITCHES = ['true', '1', 'false', '0', 'no-verify'];

/** Throws ConfigurationError when a parameter has a value that node-postgres would take for another one. */
export function checkTlsParameters({ parameters: hidden, parameterErrors: errors }: ConnectionTarget): void {
  const parameters = hidden.reveal();
  const check = (name: string, allowed: readonly string[]): void => {
    const value = parameters.get(name);
    if (value !== undefined && !allowed.includes(value)) throw errors.notOneOf(name, value, allowed);
  };
  check('sslmode', MODES);
  check('ssl', SWITCHES);
  check('uselibpqcompat', ['true', 'false']);
  if (parameters.get('sslnegotiation') !== 'direct') return;
  if (parameters.get('sslmode') === 'disable' || ['false', '0'].includes(parameters.get('ssl') ?? ''))
    throw errors.invalid('sslnegotiation', 'direct', 'it needs TLS, which the URL turns off');
}

/**
 * Returns how every connection is encrypted; undefined leaves it to PGSSLMODE. The parameters mean what they
 * mean to node-postgres, whose own parser reads them. Throws ConfigurationError when they cannot be used, or
 * when URL and option both say something: the driver would ignore one of them.
 */
export function tlsSetting(target: ConnectionTarget, option: unknown): TlsSetting | undefined {
  const parameters = target.parameters.reveal();
  const said = TLS_PARAMETERS.filter((name) => parameters.has(name));
  if (said.length > 0 && option !== undefined) {
    throw new ConfigurationError(
      'ssl',
      '***',
      `the url says ${said.join(', ')} as well: say it in one place`,
    );
  }
  if (option !== undefined) return prepared(checked(option), 'ssl');
  if (said.length > 0) return prepared(parsed(said, target), 'url');
  // As in node-postgres, which otherwise refuses each connection.
  const isDirect = parameters.get('sslnegotiation') === 'direct' && process.env.PGSSLMODE === undefined;
  return isDirect ? true : undefined;
}

/** A node found by its address presents the certificate of the name that led to it. */
export function tlsFor(setting: TlsSetting, node: NodeAddress): TlsSetting {
  const name = node.serverName ?? node.listedAs;
  if (setting === false || name === undefined) return setting;
  return { servername: name, ...(setting !== true && setting) };
}

function parsed(names: readonly string[], target: ConnectionTarget): TlsSetting {
  const parameters = target.parameters.reveal();
  const query = new URLSearchParams(
    names.map((name): [string, string] => [name, parameters.get(name) ?? '']),
  );
  if (names.length === 1 && query.get('ssl') === 'no-verify') return { rejectUnauthorized: false };
  if (query.get('ssl') === 'false') query.set('ssl', '0');
  try {
    const { ssl = false } = parse(`postgres://host/database?${query.toString()}`);
    if (typeof ssl === 'boolean' || typeof ssl === 'string') return ssl === true;
    return ssl as ConnectionOptions;
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const name = names.find((each) => parameters.get(each) === path) ?? 'sslmode';
    const problem = code === undefined ? (error as Error).message : `it cannot be read (${code})`;
    throw target.parameterErrors.invalid(name, parameters.get(name) ?? '', problem);
  }
}

function checked(option: unknown): TlsSetting {
  if (typeof option === 'boolean' || (typeof option === 'object' && option !== null)) return option;
  throw new ConfigurationError('ssl', typeof option, 'must be true, false, or the options of tls.connect()');
}

/** Reads keys once, and keeps the settings without them. */
function prepared(setting: TlsSetting, option: string): TlsSetting {
  if (typeof setting === 'boolean' || setting.secureContext) return setting;
  try {
    const secureContext = createSecureContext(setting);
    const { key: _key, passphrase: _passphrase, pfx: _pfx, ...rest } = setting;
    return { ...rest, secureContext };
  } catch (error) {
    throw new ConfigurationError(
      option,
      '***',
      `its TLS settings cannot be used: ${(error as Error).message}`,
    );
  }
}
