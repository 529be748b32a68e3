import { kyselyPeer } from './kysely-peer';
import type { Peer, Wiring } from './peer';
import { startRoutedPool } from './routed-pool';

/** Kysely uses the routed pool as it would use a `pg.Pool`. */
export async function openRoutedKysely(wiring: Wiring): Promise<Peer> {
  const pool = await startRoutedPool(wiring);
  return kyselyPeer(pool);
}
