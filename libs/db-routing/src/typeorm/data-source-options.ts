import type { DataSourceOptions } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { ConfigurationError } from '../errors';
import { driverOn, type RoutedDriver } from '../postgres/pool/driver';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { RoutedQueryResultCache } from './routed-query-result-cache';

/** Options of TypeORM's PostgreSQL driver that the pool decides. */
type PoolsOption =
  | 'type'
  | 'driver'
  | 'nativeDriver'
  | 'replication'
  | 'url'
  | 'host'
  | 'port'
  | 'username'
  | 'password'
  | 'ssl'
  | 'useUTC'
  | 'logNotifications'
  | 'extra';

/**
 * Every option of TypeORM's PostgreSQL driver except those for the place of the database and the connections
 * to it. `applicationName`, `poolSize`, `connectTimeoutMS` and `database` may be left out, or repeat what the
 * pool has.
 */
export type RoutedDataSourceOptions = Omit<PostgresDataSourceOptions, PoolsOption>;

const LEAVE_IT_OUT = 'leave it out:';

/** Options that an existing pool cannot honour, and what to use instead. */
const REFUSED: Readonly<Record<Exclude<PoolsOption, 'type'>, string>> = {
  driver: `${LEAVE_IT_OUT} the pool is the driver`,
  nativeDriver: `${LEAVE_IT_OUT} the pool speaks the protocol itself`,
  replication: `${LEAVE_IT_OUT} the pool finds out which node is what; list all of them in its url`,
  url: `${LEAVE_IT_OUT} the url of the RoutedPool says it`,
  host: `${LEAVE_IT_OUT} the url of the RoutedPool says it`,
  port: `${LEAVE_IT_OUT} the url of the RoutedPool says it`,
  username: `${LEAVE_IT_OUT} the url of the RoutedPool says it`,
  password: `${LEAVE_IT_OUT} the url of the RoutedPool says it`,
  ssl: `${LEAVE_IT_OUT} the url of the RoutedPool says it (?sslmode=…)`,
  useUTC: `${LEAVE_IT_OUT} the driver does not know it; add ?options=-c%20TimeZone%3DUTC to the url of the RoutedPool`,
  logNotifications: `${LEAVE_IT_OUT} listen to 'notice' and 'notification' of a client of pool.connect()`,
  extra: `${LEAVE_IT_OUT} give it to the RoutedPool as an option of its own, or in its url`,
};

type PoolSetting = 'application_name' | 'max' | 'connectionTimeoutMillis' | 'database';

/**
 * Options that may repeat what the pool has: the pool's setting of the same meaning, and the option that sets
 * it.
 */
const REPEATABLE: Readonly<Record<string, readonly [PoolSetting, string]>> = {
  applicationName: ['application_name', 'applicationName'],
  poolSize: ['max', 'maxConnectionsPerNode'],
  connectTimeoutMS: ['connectionTimeoutMillis', 'acquireTimeoutMs'],
  database: ['database', 'the url'],
};

/**
 * Returns the options of a DataSource whose statements go through the pool. TypeORM receives the pool through
 * its documented `driver` option (a constructor may return an object), so nothing in TypeORM is patched and
 * its own `replication` is not used. Throws ConfigurationError when the pool cannot honour an option.
 */
export function routedDataSourceOptions(
  pool: RoutedPool,
  options: RoutedDataSourceOptions,
): PostgresDataSourceOptions {
  assertHonoured(pool.options, options);
  return {
    // Migrations create extensions, with a role that may; the role of a service usually may not. Listed
    // extensions are created here.
    installExtensions: options.extensions !== undefined,
    ...options,
    ...(options.cache && { cache: cacheOf(options.cache) }),
    type: 'postgres',
    driver: driverOn(pool),
  };
}

/**
 * Returns the pool that the options were made with. Throws TypeError when routedDataSourceOptions() did not
 * make them.
 */
export function poolOf(options: DataSourceOptions): RoutedPool {
  const { driver } = options as { driver?: Partial<RoutedDriver> };
  if (driver?.routedPool) return driver.routedPool;
  throw new TypeError('RoutedDataSource needs the options made by routedDataSourceOptions()');
}

/** JavaScript callers and configuration files are not checked against the types. */
function assertHonoured(ofPool: RoutedPool['options'], options: object): void {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === undefined) continue;
    const [known, setBy] = REPEATABLE[name] ?? [];
    if (known !== undefined && value !== ofPool[known]) {
      const limit = `the pool has ${String(ofPool[known])}: leave it out, or set ${setBy} of the RoutedPool`;
      throw new ConfigurationError(name, value, limit);
    }
    const why = (REFUSED as Readonly<Record<string, string>>)[name];
    if (why !== undefined && isAsked(value)) throw new ConfigurationError(name, shown(name, value), why);
    if (name === 'type' && value !== 'postgres') {
      throw new ConfigurationError(name, value, "must be 'postgres', or be left out");
    }
  }
}

/** `false` and an empty object ask for nothing. */
function isAsked(value: unknown): boolean {
  return value !== false && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** Returns the value for a message, without a password and without `[object Object]`. */
function shown(name: string, value: unknown): unknown {
  if (name === 'password' || name === 'url') return '***';
  return typeof value === 'object' && value !== null ? `{ ${Object.keys(value).join(', ')} }` : value;
}

/**
 * Replaces TypeORM's cache in a database table with ours; leaves other caches and custom providers as they
 * are.
 */
function cacheOf(cache: NonNullable<RoutedDataSourceOptions['cache']>): PostgresDataSourceOptions['cache'] {
  const options = typeof cache === 'object' ? cache : {};
  const { type = 'database', provider } = options;
  if (provider || type !== 'database') return cache;
  return {
    ...options,
    provider: (dataSource) => new RoutedQueryResultCache(dataSource, poolOf(dataSource.options).transactions),
  };
}
