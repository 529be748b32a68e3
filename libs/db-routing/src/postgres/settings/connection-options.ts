import type { ClientBase, CustomTypesConfig, PoolConfig } from 'pg';
import { ConfigurationError } from '../../errors';
import type { TlsSetting } from './tls';

/** A function is called for every new connection, for tokens that expire. */
export type Password = string | (() => string | Promise<string>);

/**
 * The options of node-postgres that have the same meaning here, for every connection to every node. As there,
 * the URL wins; a password or TLS settings in both places are refused.
 */
export interface ConnectionOptions {
  /**
   * The password, if `url` contains none. The pool calls a function for every new connection. Default:
   * PGPASSWORD, or the password file.
   */
  readonly password?: Password | undefined;
  /** TLS, as in node-postgres. Default: what `url` or PGSSLMODE says. */
  readonly ssl?: TlsSetting | undefined;
  /** As in node-postgres: `direct` begins TLS without asking first. Default `postgres`. */
  readonly sslnegotiation?: 'postgres' | 'direct' | undefined;
  /** As in node-postgres: binds SCRAM authentication to the TLS connection. Default false. */
  readonly enableChannelBinding?: boolean | undefined;
  /**
   * Server settings for each connection, such as `-c search_path=shop`, in addition to those that the pool
   * needs. Default: PGOPTIONS.
   */
  readonly options?: string | undefined;
  /**
   * As in node-postgres: how values are parsed when a query does not specify it. Default: the type parsers of
   * `pg`.
   */
  readonly types?: CustomTypesConfig | undefined;
  /**
   * As in node-postgres: how long a connection is idle before TCP sends its first keep-alive. Default 0, the
   * system's.
   */
  readonly keepAliveInitialDelayMillis?: number | undefined;
  /**
   * Called with node-postgres' client of each new connection, shared ones included. The pool waits for it
   * before the connection serves. Default: none.
   */
  readonly onConnect?: ((client: ClientBase) => unknown) | undefined;
}

/**
 * Every other option of node-postgres, and what to use instead. The compiler demands an entry when the driver
 * gets a new option.
 */
const INSTEAD: Readonly<Record<Exclude<keyof PoolConfig, keyof ConnectionOptions>, string>> = {
  connectionString: 'use url',
  host: 'name the nodes in url',
  port: 'name the nodes in url',
  user: 'name the user in url',
  database: 'name the database in url',
  max: 'use maxConnectionsPerNode',
  min: 'connections are made when they are needed',
  idleTimeoutMillis: 'idle connections are closed after ten seconds',
  connectionTimeoutMillis: 'use acquireTimeoutMs',
  statement_timeout: 'use statementTimeoutMs',
  query_timeout: 'use statementTimeoutMs, or the query_timeout of a query',
  lock_timeout: "use options: '-c lock_timeout=…'",
  idle_in_transaction_session_timeout: 'use idleInTransactionTimeoutMs',
  application_name: 'use applicationName',
  fallback_application_name: 'use applicationName',
  client_encoding: 'the driver speaks UTF8',
  maxUses: 'a lane has no number of uses; connections are kept until they break or stay idle',
  maxLifetimeSeconds:
    'connections are kept until they break or stay idle; with discovery, until their node is gone',
  Client: 'connections are made by pg.Client',
  Promise: 'promises are those of Node.js',
  stream: 'connections are sockets of Node.js',
  log: "listen to the pool's events",
  verify: 'use onConnect',
  pipeline: 'statements are pipelined',
  keepAlive: 'connections are always kept alive',
  allowExitOnIdle: 'an idle pool never keeps a process alive',
};

/** Options that may be set only to what the pool always does. */
const ALWAYS: Readonly<Record<string, unknown>> = { keepAlive: true, allowExitOnIdle: true, pipeline: true };

/**
 * Refuses unknown options, because an option that the pool does not read promises what it does not keep.
 * Throws ConfigurationError when an option is unknown.
 */
export function checkNames(options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name) || (name in ALWAYS && ALWAYS[name] === value)) continue;
    const instead = Object.hasOwn(INSTEAD, name) ? INSTEAD[name as keyof typeof INSTEAD] : undefined;
    throw new ConfigurationError(name, shown(value), instead ?? 'RoutedPool has no option of this name');
  }
}

/** Returns the value for a message. A text, an object or a function may hold a secret. */
function shown(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? value : '***';
}
