import { kyselyPeer } from './kysely-peer';
import type { Peer, Wiring } from './peer';
import { plainPool } from './pg-pool';

export async function openKysely({ primaryUrl, poolSize }: Wiring): Promise<Peer> {
  return kyselyPeer(plainPool(primaryUrl, poolSize));
}
