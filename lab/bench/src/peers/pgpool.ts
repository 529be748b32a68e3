import type { Peer, Wiring } from './peer';
import { plainPool } from './pg-pool';
import { poolPeer } from './pool-peer';

/** A `pg.Pool` with Pgpool-II between it and the nodes. */
export async function openPgpool({ pgpoolUrl, poolSize }: Wiring): Promise<Peer> {
  if (pgpoolUrl === undefined) throw new TypeError('Pgpool-II does not run.');
  return poolPeer(plainPool(pgpoolUrl, poolSize));
}
