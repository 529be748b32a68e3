import type { ClientConfig, CustomTypesConfig, PoolConfig } from 'pg';
import { ConfigurationError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import type { ConnectionTarget } from './connection-url';
import type { ConnectionOptions, Password } from './connection-options';
import { type TlsSetting, tlsFor, tlsSetting } from './tls';
import type { UrlSettings } from './url-settings';

/**
 * The user and password of a connection. The password is a function from here on: the driver calls it, and
 * nothing that prints shows its result.
 */
export interface Login {
  /** Empty uses the driver's default. */
  readonly user: string;
  /** Undefined uses the driver's default. */
  readonly password: (() => string | Promise<string>) | undefined;
}

/** The settings that all connections to all nodes share. */
export interface ConnectionSettings extends Login {
  readonly database: string;
  readonly applicationName: string;
  readonly acquireTimeoutMs: number;
  readonly ssl: TlsSetting | undefined;
  readonly sslnegotiation: 'postgres' | 'direct' | undefined;
  readonly enableChannelBinding: boolean | undefined;
  readonly keepAliveInitialDelayMillis: number | undefined;
  readonly lockTimeoutMs: number | undefined;
  readonly queryTimeoutMs: number | undefined;
  /** Settings of the server, as on its command line. */
  readonly options: string | undefined;
  readonly types: CustomTypesConfig | undefined;
}

type Given = ConnectionOptions & { readonly applicationName?: string; readonly acquireTimeoutMs?: number };

const DEFAULT_ACQUIRE_TIMEOUT_MS = 2_000;

/**
 * Merges URL, options and environment into settings. Throws ConfigurationError when there are two passwords,
 * or the password or TLS settings cannot be used.
 */
export function connectionSettings(
  target: ConnectionTarget,
  url: UrlSettings,
  given: Given,
): ConnectionSettings {
  if (target.password && given.password !== undefined) {
    throw new ConfigurationError('password', '***', 'the url holds one as well: give it in one place');
  }
  return {
    user: target.user,
    password: passwordOf(target.password?.reveal() ?? given.password, 'password'),
    database: target.database,
    applicationName:
      url.applicationName ??
      given.applicationName ??
      process.env.PGAPPNAME ??
      url.fallbackApplicationName ??
      'db-routing',
    acquireTimeoutMs: url.acquireTimeoutMs ?? given.acquireTimeoutMs ?? DEFAULT_ACQUIRE_TIMEOUT_MS,
    ssl: tlsSetting(target, given.ssl),
    sslnegotiation: url.sslnegotiation ?? given.sslnegotiation,
    enableChannelBinding: url.enableChannelBinding ?? given.enableChannelBinding,
    keepAliveInitialDelayMillis: url.keepAliveInitialDelayMillis ?? given.keepAliveInitialDelayMillis,
    lockTimeoutMs: url.lockTimeoutMs,
    queryTimeoutMs: url.queryTimeoutMs,
    options: url.options ?? given.options ?? process.env.PGOPTIONS,
    types: given.types,
  };
}

/** Throws ConfigurationError when the password is neither a string nor a function. */
export function passwordOf(given: Password | undefined, option: string): Login['password'] {
  if (given === undefined || typeof given === 'function') return given;
  if (typeof given === 'string') return () => given;
  throw new ConfigurationError(option, typeof given, 'must be a string, or a function that returns one');
}

/**
 * Returns the driver's configuration of a connection to one node, with the settings that all connections
 * share.
 */
export function clientConfig(
  settings: ConnectionSettings,
  node: NodeAddress,
  login: Login = settings,
): ClientConfig {
  const { ssl, sslnegotiation, enableChannelBinding, keepAliveInitialDelayMillis, options } = settings;
  return {
    host: node.host,
    port: node.port,
    database: settings.database,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.acquireTimeoutMs,
    keepAlive: true,
    ...(login.user !== '' && { user: login.user }),
    ...(login.password && { password: login.password }),
    ...(ssl !== undefined && { ssl: tlsFor(ssl, node) }),
    ...(sslnegotiation && { sslnegotiation }),
    ...(enableChannelBinding !== undefined && { enableChannelBinding }),
    ...(keepAliveInitialDelayMillis !== undefined && { keepAliveInitialDelayMillis }),
    ...(options !== undefined && { options }),
  };
}

/** The same, for connections that run the application's statements. */
export function statementConfig(settings: ConnectionSettings, node: NodeAddress): ClientConfig {
  const { types, lockTimeoutMs, queryTimeoutMs } = settings;
  return {
    ...clientConfig(settings, node),
    ...(types && { types }),
    ...(lockTimeoutMs !== undefined && { lock_timeout: lockTimeoutMs }),
    ...(queryTimeoutMs !== undefined && { query_timeout: queryTimeoutMs }),
  };
}

/**
 * Returns the pool's options in the shape of node-postgres, for libraries that read `pool.options`; host and
 * port are those of `node`. The password is a function and not enumerable, as in node-postgres.
 */
export function pgPoolConfig(
  settings: ConnectionSettings & { readonly maxConnections: number },
  node: NodeAddress,
): PoolConfig {
  const { password, ...config } = statementConfig(settings, node);
  const options: PoolConfig = { ...config, max: settings.maxConnections };
  if (password !== undefined) {
    Object.defineProperty(options, 'password', { value: password, writable: true, configurable: true });
  }
  return options;
}

/**
 * Makes host and port of the options follow the node, for code that opens its own connection with
 * `pool.options`, such as one that cancels a statement.
 */
export function followNode(options: PoolConfig, node: () => NodeAddress): void {
  Object.defineProperties(options, {
    host: { get: () => node().host, enumerable: true, configurable: true },
    port: { get: () => node().port, enumerable: true, configurable: true },
  });
}
