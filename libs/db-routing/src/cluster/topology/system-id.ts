import type { TopologySnapshot } from './snapshot';

/** Which cluster the nodes are of; undefined while none of them has said so. */
export function systemIdOf({ nodes }: TopologySnapshot): string | undefined {
  return nodes.find(({ state, systemId }) => state === 'up' && systemId !== undefined)?.systemId;
}
