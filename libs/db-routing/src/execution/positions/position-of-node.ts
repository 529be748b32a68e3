import type { Session } from '../../consistency/session';
import type { Position, ServerPosition } from '../../engine/position';
import type { NodeStatus } from '../../cluster/topology/snapshot';

/**
 * Makes a position of the cluster from a server's own report. A primary reports the timeline that it writes;
 * a replica's timeline comes from the monitor and can only be out of date, which at worst sends the next read
 * to the primary. Undefined while the cluster is not known, and while two nodes write the same timeline,
 * since the position would be valid on both.
 */
export function positionOf(
  node: NodeStatus,
  { log, timeline = node.timeline }: ServerPosition,
): Position | undefined {
  if (node.systemId === undefined || timeline === undefined || node.isContested) return undefined;
  return { systemId: node.systemId, timeline, log };
}

/** Whether the node may be behind what a session has seen: a replica may, and so may a fenced primary. */
export function mustProve({ role, isFenced }: NodeStatus): boolean {
  return role === 'replica' || isFenced === true;
}

/**
 * Whether the connection's server is the one that the monitor has judged: a server restarted since may have
 * gone back in its log, or follow another timeline.
 */
export function isServerOf(node: NodeStatus, { startedAt, isReplica }: ServerPosition): boolean {
  return node.startedAt === startedAt && isReplica === (node.role === 'replica');
}

/**
 * Whether the server was the primary once, and the node's name has led to it: it may lack what a session has
 * seen. Its login does not tell, when it still accepts writes.
 */
export function isFormerPrimary({ timeline = 0 }: NodeStatus, known: ServerPosition): boolean {
  return known.isReplica || (known.timeline ?? timeline) < timeline;
}

/** Whether there may be a former primary of the node's cluster: there is none before the first promotion. */
export function mayHaveFormer({ timeline }: NodeStatus): boolean {
  return timeline !== 1;
}

/**
 * Moves the session on to what the node's server has reported. Only a replica may not have reached the point
 * where its timeline begins; one whose staleness is known has replayed what the primary wrote after it.
 */
export function moveOn(session: Session, node: NodeStatus, reached: Position, known: ServerPosition): void {
  const isPastFork = !known.isReplica || (node.stalenessMs !== undefined && isServerOf(node, known));
  if (!isPastFork) session.seeOnReplica(reached);
  else session.advance(reached);
}
