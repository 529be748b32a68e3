import type { TopologySnapshot } from './snapshot';

/** Returns the system identifier of the nodes' cluster; undefined until one of them has reported it. */
export function systemIdOf({ nodes }: TopologySnapshot): string | undefined {
  return nodes.find(({ state, systemId }) => state === 'up' && systemId !== undefined)?.systemId;
}
