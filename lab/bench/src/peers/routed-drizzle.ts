import { drizzlePeer, openDatabase } from './drizzle-peer';
import type { Peer, Wiring } from './peer';
import { startRoutedPool } from './routed-pool';

/** Drizzle uses the routed pool as it would use a `pg.Pool`. */
export async function openRoutedDrizzle(wiring: Wiring): Promise<Peer> {
  const pool = await startRoutedPool(wiring);
  return drizzlePeer(openDatabase(pool), () => pool.end());
}
