import type { PostgresCluster } from '@app/postgres-cluster';
import type { DataSource, Repository } from 'typeorm';
import type { RoutedPool, RoutedPoolOptions } from '../../src';
import { RoutedDataSource, type RoutedDataSourceOptions, routedDataSourceOptions } from '../../src/typeorm';
import { startPool, untilAllFit } from '../support';
import { Category, Item } from './shop.entities';
import { startCluster } from '../test-cluster';

/** A cluster of two nodes, a pool on it, and a DataSource whose tables exist on both nodes. */
export interface Shop {
  readonly cluster: PostgresCluster;
  readonly pool: RoutedPool;
  readonly dataSource: DataSource;
  readonly items: Repository<Item>;
  /** Runs `work` while replay is paused, so that the replica's data is old. */
  whileReplicaIsBehind<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openShop(
  options: Partial<RoutedDataSourceOptions> = {},
  poolOptions: Partial<RoutedPoolOptions> = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<Shop> {
  const cluster = await startCluster({ replicas: 1, settings });
  const pool = await startPool(cluster, poolOptions);
  const dataSource = await new RoutedDataSource(
    routedDataSourceOptions(pool, { entities: [Item, Category], synchronize: true, ...options }),
  ).initialize();
  await pool.refreshCatalog();
  await cluster.waitForReplication();
  await untilAllFit(pool, 1);
  return {
    cluster,
    pool,
    dataSource,
    items: dataSource.getRepository(Item),
    async whileReplicaIsBehind(work) {
      const [replica] = cluster.replicas;
      await cluster.waitForReplication();
      await replica?.pauseReplay();
      try {
        return await work();
      } finally {
        await replica?.resumeReplay();
      }
    },
    async close() {
      await dataSource.destroy();
      await pool.end();
      await cluster.stop();
    },
  };
}
