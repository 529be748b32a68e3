import { RoutedPool } from 'db-routing';
import { PostgresCluster, runningClusterIn, until } from '@app/postgres-cluster';
import { loadDatabaseConfig } from '@app/service-kit';
import { migrate, shopDatabase } from '@app/shop-database';

/** Where `npm start` keeps its data. */
const STARTED_CLUSTER = '.cluster';

type Environment = Readonly<Record<string, string | undefined>>;

/** The pool that explains the statements. */
export interface RouteDatabase {
  readonly pool: RoutedPool;
  close(): Promise<void>;
}

/**
 * Opens the database of DATABASE_URL with the services' settings; without it, that of `npm start` if it runs,
 * or else a new cluster with the shop's tables.
 *
 * @throws ConfigError, ConfigurationError, DatabaseUnreachableError, or what the cluster throws
 */
export async function openDatabase(environment: Environment): Promise<RouteDatabase> {
  const isGiven = [environment.DATABASE_URL, environment.DATABASE_URL_FILE].some(Boolean);
  if (!isGiven) return (await runningDatabase(environment)) ?? ownDatabase(environment);
  const pool = await startPool(environment);
  return { pool, close: () => pool.end() };
}

function startPool(environment: Environment): Promise<RoutedPool> {
  const { requestBudgetMs: _, ...options } = loadDatabaseConfig(environment);
  return RoutedPool.start({ ...options, applicationName: 'route' });
}

async function runningDatabase(environment: Environment): Promise<RouteDatabase | undefined> {
  const cluster = runningClusterIn(STARTED_CLUSTER);
  if (cluster === undefined) return undefined;
  const monitor = cluster.credentials('monitor');
  const pool = await startPool({
    ...environment,
    DATABASE_URL: cluster.url('migrator', shopDatabase.name),
    DATABASE_MONITOR_USER: monitor.user,
    DATABASE_MONITOR_PASSWORD: monitor.password,
  });
  return { pool, close: () => pool.end() };
}

async function ownDatabase(environment: Environment): Promise<RouteDatabase> {
  const cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 1 });
  try {
    await migrate(cluster.url('migrator', { nodes: [cluster.primary] }));
    await cluster.waitForReplication();
    const monitor = cluster.credentials('monitor');
    const pool = await startPool({
      ...environment,
      DATABASE_URL: cluster.url('migrator'),
      DATABASE_MONITOR_USER: monitor.user,
      DATABASE_MONITOR_PASSWORD: monitor.password,
    });
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
