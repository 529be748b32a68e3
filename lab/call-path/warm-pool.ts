import { RoutedPool } from 'db-routing';
import { PostgresCluster, until } from '@app/postgres-cluster';
import { shopDatabase } from '@app/shop-database';

/**
 * After this many reads, every open lane has prepared the statement, knows that it is quick, and has proven
 * the position of its backend session.
 */
const WARM_READS = 200;

export type Read = () => Promise<unknown>;

/**
 * Lends an autocommit read by primary key of a pool on a real cluster. The process has already written, and
 * the read does nothing for the first time.
 */
export async function withWarmRead<T>(use: (read: Read) => Promise<T>): Promise<T> {
  const cluster = await PostgresCluster.start({ database: shopDatabase });
  try {
    await cluster.primary.query('CREATE TABLE item (id int PRIMARY KEY, n int)');
    await cluster.primary.query('GRANT ALL ON item TO migrator');
    await cluster.waitForReplication();
    const pool = await RoutedPool.start({
      url: cluster.url('migrator'),
      monitor: cluster.credentials('monitor'),
      // The pool weighs the load of a new replica differently.
      slowStartMs: 1,
    });
    try {
      await until('both replicas to be fit', () => pool.topology.fitReplicas.length === 2);
      await pool.query('INSERT INTO item VALUES (1, 1)');
      await cluster.waitForReplication();
      const read = () => pool.query('SELECT n FROM item WHERE id = $1', [1]);
      for (let done = 0; done < WARM_READS; done++) await read();
      return await use(read);
    } finally {
      await pool.end();
    }
  } finally {
    await cluster.stop();
  }
}
