import type { NodeStatus } from '../cluster/topology/snapshot';

/** So few candidates are looked at one by one. */
const FEW = 8;
/** How many draws may meet a node that cannot serve before all candidates are looked at. */
const DRAWS = 16;

type Test = (node: NodeStatus) => boolean;

const nearOfLists = new WeakMap<Test, WeakMap<readonly NodeStatus[], readonly NodeStatus[]>>();

/**
 * Returns the candidates that are near. A list stays the same for as long as the snapshot that it is part of,
 * so its near nodes are found once.
 */
export function nearAmong(candidates: readonly NodeStatus[], isNear: Test): readonly NodeStatus[] {
  let known = nearOfLists.get(isNear);
  if (!known) nearOfLists.set(isNear, (known = new WeakMap()));
  let near = known.get(candidates);
  if (!near) known.set(candidates, (near = candidates.filter(isNear)));
  return near;
}

/**
 * Draws two different candidates that can serve, each pair of those with equal odds: what two random choices
 * need, at a cost that does not grow with the number of candidates. Returns undefined where there are few
 * candidates, or few of them can serve: then all must be looked at.
 */
export function drawTwo(
  candidates: readonly NodeStatus[],
  canServe: Test,
  random: () => number,
): readonly [NodeStatus, NodeStatus] | undefined {
  if (candidates.length <= FEW) return undefined;
  let first: NodeStatus | undefined;
  for (let draws = 0; draws < DRAWS; draws++) {
    const drawn = candidates[Math.floor(random() * candidates.length)] as NodeStatus;
    if (drawn === first || !canServe(drawn)) continue;
    if (first) return [first, drawn];
    first = drawn;
  }
  return undefined;
}
