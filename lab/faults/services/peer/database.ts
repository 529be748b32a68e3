import { shopEntities } from '@app/shop-database';
import { DataSource } from 'typeorm';

/**
 * TypeORM's `replication` as its documentation describes it, with a connect timeout, and without crashing on
 * a lost connection.
 */
export async function openPeerDatabase(environment: NodeJS.ProcessEnv): Promise<DataSource> {
  const { PEER_PRIMARY_URL: primaryUrl = '', PEER_REPLICA_URLS: replicaUrls = '' } = environment;
  return new DataSource({
    type: 'postgres',
    replication: {
      master: { url: primaryUrl },
      slaves: replicaUrls.split(' ').map((url) => ({ url })),
    },
    applicationName: 'plain-typeorm',
    connectTimeoutMS: 3_000,
    poolErrorHandler: () => undefined,
    installExtensions: false,
    logging: false,
    entities: shopEntities,
  }).initialize();
}
