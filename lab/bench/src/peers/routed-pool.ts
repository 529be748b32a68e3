import { RoutedPool } from 'db-routing';
import type { Peer, Wiring } from './peer';
import { poolPeer } from './pool-peer';

export async function openRoutedPool(wiring: Wiring): Promise<Peer> {
  return poolPeer(await startRoutedPool(wiring));
}

export function startRoutedPool({ url, monitor, poolSize, routedOptions }: Wiring): Promise<RoutedPool> {
  return RoutedPool.start({ url, monitor, maxConnectionsPerNode: poolSize, ...routedOptions });
}
