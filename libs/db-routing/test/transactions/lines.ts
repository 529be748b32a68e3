import type { ClusterOptions, PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool, RoutedPoolOptions } from '../../src';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

/** A pool on a cluster that has one table, `line`, whose rows are the writes of a test. */
export interface Lines {
  readonly cluster: PostgresCluster;
  readonly pool: RoutedPool;
  /** Adds a line through the pool. */
  readonly write: (who: string) => Promise<unknown>;
  /** The lines that the primary holds, read outside of the pool, in alphabetical order. */
  readonly lines: () => Promise<string>;
}

interface LinesOptions {
  readonly cluster?: ClusterOptions;
  readonly pool?: Partial<RoutedPoolOptions>;
  readonly constraint?: string;
}

/** Creates them before the tests of a file, empties the table before each test, and ends them afterwards. */
export function useLines({
  cluster: { replicas = 0, ...clusterOptions } = {},
  pool: poolOptions = {},
  constraint = 'UNIQUE',
}: LinesOptions = {}): Lines {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas, ...clusterOptions });
    pool = await startPool(cluster, poolOptions);
    await pool.query(`CREATE TABLE line (who text ${constraint})`);
    await cluster.waitForReplication();
    await untilAllFit(pool, replicas);
    await pool.refreshCatalog();
  });

  beforeEach(() => pool.query('TRUNCATE line'));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  return {
    get cluster() {
      return cluster;
    },
    get pool() {
      return pool;
    },
    write: (who) => pool.query('INSERT INTO line VALUES ($1)', [who]),
    async lines() {
      const { rows } = await cluster.primary.query('SELECT who FROM line ORDER BY who');
      return rows.map((row) => row['who'] as string).join(' ');
    },
  };
}
