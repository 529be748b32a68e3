import { RoutedDataSource, routedDataSourceOptions } from 'db-routing/typeorm';
import { shopEntities } from '@app/shop-database';
import type { Peer, Wiring } from './peer';
import { startRoutedPool } from './routed-pool';
import { typeormPeer } from './typeorm-peer';

/** TypeORM on the routed pool, as in the README. */
export async function openRoutedTypeorm(wiring: Wiring): Promise<Peer> {
  const pool = await startRoutedPool(wiring);
  const dataSource = await new RoutedDataSource(
    routedDataSourceOptions(pool, { entities: shopEntities, logging: false }),
  ).initialize();
  return typeormPeer(dataSource, async () => {
    await dataSource.destroy();
    await pool.end();
  });
}
