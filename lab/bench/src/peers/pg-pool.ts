import { Pool } from 'pg';
import type { Peer, Wiring } from './peer';
import { poolPeer } from './pool-peer';

export async function openPgPool({ primaryUrl, poolSize }: Wiring): Promise<Peer> {
  return poolPeer(plainPool(primaryUrl, poolSize));
}

/** A pool that keeps its connections, and survives losing them. */
export function plainPool(url: string, max: number): Pool {
  const pool = new Pool({ connectionString: url, max });
  pool.on('error', () => undefined);
  return pool;
}
