import type { LogPosition } from '../engine/position';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';

/** The nodes that may serve a read when there is neither a primary nor a fit replica, and why. */
export interface LastResort {
  /** All equally fresh. */
  readonly nodes: readonly NodeStatus[];
  readonly reason: 'primary-lost' | 'primaries-split' | 'primary-lost-outdated';
}

/**
 * Chooses the freshest nodes that answer, by what they have replayed: a standby that is an hour behind by
 * design offers nothing that a fresher one lacks. A node that was already outdated when the primary was last
 * heard of serves only when no other node is left. Fenced primaries count too: writable nodes that receive no
 * writes, because it is unclear which of them is the primary. `mayServe`: whether the node meets the read's
 * needs; `hasFailed`: whether it has just failed this read.
 */
export function lastResort(
  { staleReplicas, fencedPrimaries }: TopologySnapshot,
  mayServe: (node: NodeStatus) => boolean,
  hasFailed: (node: NodeStatus) => boolean,
): LastResort | undefined {
  const able = [...staleReplicas, ...fencedPrimaries].filter(mayServe);
  const recent = able.filter(({ isOutdated }) => isOutdated !== true);
  // A recent node that has just failed this read still rules out the outdated ones: data that is an hour old
  // must not replace it.
  const left = (recent.length > 0 ? recent : able).filter((node) => !hasFailed(node)).sort(byFreshness);
  const [best] = left;
  if (!best) return undefined;
  const nodes = left.filter((node) => byFreshness(best, node) === 0);
  if (best.isOutdated) return { nodes, reason: 'primary-lost-outdated' };
  return { nodes, reason: best.isFenced ? 'primaries-split' : 'primary-lost' };
}

function byFreshness(a: NodeStatus, b: NodeStatus): number {
  return (
    Number(a.state === 'suspect') - Number(b.state === 'suspect') ||
    (b.timeline ?? 0) - (a.timeline ?? 0) ||
    byLog(a.log, b.log)
  );
}

/** More log first; unknown log last. */
function byLog(a: LogPosition | undefined, b: LogPosition | undefined): number {
  if (!a || !b) return Number(b !== undefined) - Number(a !== undefined);
  return a.distanceTo(b) - b.distanceTo(a);
}
