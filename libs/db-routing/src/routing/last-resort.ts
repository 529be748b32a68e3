import type { LogPosition } from '../engine/position';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';

/** Those that may serve a read when there is no primary and no fit replica, and why one of them is taken. */
export interface LastResort {
  /** As fresh as each other. */
  readonly nodes: readonly NodeStatus[];
  readonly reason: 'primary-lost' | 'primaries-split' | 'primary-lost-outdated';
}

/**
 * The freshest that answers, by what it has replayed: a standby that is an hour behind by design has nothing to give that another one does
 * not have. One that was outdated already when the primary was last heard of serves only when it is the last. Writable nodes that nothing is
 * written to, because it cannot be told which of them is the primary, count as well. `mayServe`: what the read needs; `hasFailed`: it has just
 * failed this very read.
 */
export function lastResort(
  { staleReplicas, fencedPrimaries }: TopologySnapshot,
  mayServe: (node: NodeStatus) => boolean,
  hasFailed: (node: NodeStatus) => boolean,
): LastResort | undefined {
  const able = [...staleReplicas, ...fencedPrimaries].filter(mayServe);
  const recent = able.filter(({ isOutdated }) => isOutdated !== true);
  // One that is there and has failed a read is no reason to answer another with what was true an hour ago.
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

/** The one that has more comes first, one of which that is not known last. */
function byLog(a: LogPosition | undefined, b: LogPosition | undefined): number {
  if (!a || !b) return Number(b !== undefined) - Number(a !== undefined);
  return a.distanceTo(b) - b.distanceTo(a);
}
