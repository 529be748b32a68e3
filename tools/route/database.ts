import { RoutedPool, type RoutedPoolOptions } from '@app/db-routing';
import { PostgresCluster, until } from '@app/postgres-cluster';
import { migrate, shopDatabase } from '@app/shop-database';

type Environment = Readonly<Record<string, string | undefined>>;

/** What statements are explained against. */
export interface RouteDatabase {
  readonly pool: RoutedPool;
  close(): Promise<void>;
}

/** The user can put this right: shown without a stack. */
export class RouteUsageError extends Error {
  override readonly name = 'RouteUsageError';
}

const START_TIMEOUT_MS = 15_000;

/**
 * The database of DATABASE_URL, else a cluster of our own with the shop's tables.
 *
 * @throws RouteUsageError, ConfigurationError, DatabaseUnreachableError, or what the cluster throws
 */
export async function openDatabase(environment: Environment): Promise<RouteDatabase> {
  const options = {
    applicationName: 'route',
    startTimeoutMs: START_TIMEOUT_MS,
    groups: json(environment, 'DATABASE_GROUPS') as RoutedPoolOptions['groups'],
    rules: json(environment, 'DATABASE_RULES') as RoutedPoolOptions['rules'],
  };
  const { DATABASE_URL: url, DATABASE_MONITOR_USER: user, DATABASE_MONITOR_PASSWORD: password } = environment;
  if (url !== undefined && url !== '') {
    const monitor = user && password !== undefined ? { user, password } : undefined;
    const pool = await RoutedPool.start({ ...options, url, monitor });
    return { pool, close: () => pool.end() };
  }
  return ownDatabase(options);
}

async function ownDatabase(options: Omit<RoutedPoolOptions, 'url'>): Promise<RouteDatabase> {
  const cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 1 });
  try {
    await migrate(cluster.url('migrator', { nodes: [cluster.primary] }));
    await cluster.waitForReplication();
    const monitor = cluster.credentials('monitor');
    const pool = await RoutedPool.start({ ...options, url: cluster.url('migrator'), monitor });
    await until('the replica to be fit', () => Promise.resolve(pool.topology.fitReplicas.length === 1));
    return {
      pool,
      close: async () => {
        await pool.end();
        await cluster.stop();
      },
    };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

function json(environment: Environment, name: string): unknown {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new RouteUsageError(`${name} must be JSON: ${(error as Error).message}`);
  }
}
