import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { parse } from 'pg-connection-string';
import { ConfigurationError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';

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

/**
 * Returns how every connection is encrypted; undefined leaves it to PGSSLMODE. The parameters mean what they
 * mean to node-postgres, whose own parser reads them. Throws ConfigurationError when they are invalid, or
 * when URL and option both say something: the driver would ignore one of them.
 */
export function tlsSetting(parameters: ReadonlyMap<string, string>, option: unknown): TlsSetting | undefined {
  const said = TLS_PARAMETERS.filter((name) => parameters.has(name));
  if (said.length === 0) return option === undefined ? undefined : prepared(checked(option), 'ssl');
  if (option !== undefined) {
    throw new ConfigurationError(
      'ssl',
      '***',
      `the url says ${said.join(', ')} as well: say it in one place`,
    );
  }
  const mode = parameters.get('sslmode');
  if (mode !== undefined && !MODES.includes(mode))
    throw inUrl('sslmode', `must be one of ${MODES.join(', ')}`);
  const isOn = parameters.get('ssl');
  if (isOn !== undefined && !SWITCHES.includes(isOn))
    throw inUrl('ssl', `must be one of ${SWITCHES.join(', ')}`);
  return prepared(parsed(said, parameters), 'url');
}

/** A node found by its address presents the certificate of the name that led to it. */
export function tlsFor(setting: TlsSetting, node: NodeAddress): TlsSetting {
  const name = node.serverName ?? node.listedAs;
  if (setting === false || name === undefined) return setting;
  return { servername: name, ...(setting !== true && setting) };
}

function parsed(names: readonly string[], parameters: ReadonlyMap<string, string>): TlsSetting {
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
    const file = names.find((name) => parameters.get(name) === path);
    throw inUrl(
      file ?? 'sslmode',
      code === undefined ? (error as Error).message : `cannot be read (${code})`,
    );
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

function inUrl(name: string, limit: string): ConfigurationError {
  return new ConfigurationError('url', '***', `its parameter ${name} ${limit}`);
}
