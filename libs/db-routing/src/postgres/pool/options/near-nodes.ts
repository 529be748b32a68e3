import type { NodeStatus } from '../../../cluster/topology/snapshot';
import { configuredFor, type NodeAddress } from '../../../engine/node-address';
import type { RoutedPoolOptions } from './routed-pool-options';

/**
 * Returns whether a node is in the zone of this process; undefined unless both `zone` and `zones` are set.
 */
export function nearNodes({ zone, zones }: RoutedPoolOptions): ((node: NodeStatus) => boolean) | undefined {
  if (zone === undefined || zones === undefined) return undefined;
  const zoneOf = (address: NodeAddress): string | undefined =>
    configuredFor(address, (name) => zones[name]) ??
    [address, ...(address.otherNames ?? [])]
      .map(({ listedAs, host }) => zones[listedAs ?? host])
      .find(Boolean);
  return ({ address }) => zoneOf(address) === zone;
}
