import { shopEntities } from '@app/shop-database';
import { DataSource } from 'typeorm';
import type { Peer, Wiring } from './peer';
import { typeormPeer } from './typeorm-peer';

/**
 * TypeORM's `replication` as its documentation describes it, except that a lost connection does not crash the
 * process.
 */
export async function openTypeormReplication({ primaryUrl, replicaUrls, poolSize }: Wiring): Promise<Peer> {
  const dataSource = await new DataSource({
    type: 'postgres',
    replication: {
      master: { url: primaryUrl },
      slaves: replicaUrls.map((url) => ({ url })),
    },
    poolSize,
    poolErrorHandler: () => undefined,
    installExtensions: false,
    logging: false,
    entities: shopEntities,
  }).initialize();
  return typeormPeer(dataSource, () => dataSource.destroy());
}
