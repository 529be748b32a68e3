import type { PostgresCluster } from '@app/postgres-cluster';
import type { DataSource, Repository } from 'typeorm';
import type { RoutedPool } from '../../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../../src/typeorm';
import { startPool, untilAllFit } from '../../support';
import { startCluster } from '../../test-cluster';
import { Account, AuditSubscriber, ledgerEntities } from './ledger.entities';

/** A cluster of two nodes, a pool on it, and a data source whose tables exist on both nodes. */
export interface Ledger {
  readonly cluster: PostgresCluster;
  readonly pool: RoutedPool;
  readonly dataSource: DataSource;
  readonly accounts: Repository<Account>;
  /** A name that no account has yet. */
  readonly newOwner: () => string;
  /** What the primary holds, read outside any transaction. */
  readonly ownersInDatabase: () => Promise<string[]>;
}

/** Creates them before the tests of a file, and ends them afterwards. */
export function useLedger(): Ledger {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let dataSource: DataSource;
  let owners = 0;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    dataSource = await new RoutedDataSource(
      routedDataSourceOptions(pool, {
        entities: ledgerEntities,
        subscribers: [AuditSubscriber],
        synchronize: true,
      }),
    ).initialize();
    await pool.refreshCatalog();
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await dataSource.destroy();
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
    get dataSource() {
      return dataSource;
    },
    get accounts() {
      return dataSource.getRepository(Account);
    },
    newOwner: () => `owner ${(owners += 1)}`,
    async ownersInDatabase() {
      const { rows } = await cluster.primary.query('SELECT owner FROM account ORDER BY owner');
      return rows.map((row) => row['owner'] as string);
    },
  };
}
