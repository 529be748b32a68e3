import { withReplicas } from 'drizzle-orm/pg-core';
import { drizzlePeer, openDatabase } from './drizzle-peer';
import type { Peer, Wiring } from './peer';
import { plainPool } from './pg-pool';

/** Drizzle's `withReplicas`, with a pool for each node. */
export async function openDrizzle({ primaryUrl, replicaUrls, poolSize }: Wiring): Promise<Peer> {
  const pools = [primaryUrl, ...replicaUrls].map((url) => plainPool(url, poolSize));
  const [primary, first, ...others] = pools.map(openDatabase);
  if (primary === undefined || first === undefined) throw new TypeError('There is no replica.');
  return drizzlePeer(withReplicas(primary, [first, ...others]), async () => {
    await Promise.all(pools.map((pool) => pool.end()));
  });
}
