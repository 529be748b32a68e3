import type { Position, ServerPosition } from '../../engine/position';
import type { NodeStatus } from '../../cluster/topology/snapshot';

/**
 * What a server said of itself, as a position of the cluster. A primary knows the timeline that it writes; a replica's is what the monitor
 * has seen, which can only be too old: then the next read goes to the primary, and nothing is taken for proven that is not.
 * Undefined while the cluster is not known, and while two nodes write the same timeline: the position would be true of either.
 */
export function positionOf(
  node: NodeStatus,
  { log, timeline = node.timeline }: ServerPosition,
): Position | undefined {
  if (node.systemId === undefined || timeline === undefined || node.isContested) return undefined;
  return { systemId: node.systemId, timeline, log };
}

/** Whether the node may be behind what a session has seen: a replica may, and a primary that has been left behind by another. */
export function mustProve({ role, isFenced }: NodeStatus): boolean {
  return role === 'replica' || isFenced === true;
}

/**
 * Whether the connection's server is the one that the monitor has judged: one that was restarted since may have gone back, or have come
 * from another timeline.
 */
export function isServerOf(node: NodeStatus, { startedAt, isReplica }: ServerPosition): boolean {
  return node.startedAt === startedAt && isReplica === (node.role === 'replica');
}
