import type { Position } from '../engine/position';

/**
 * Returns the later of two positions. Of positions in two clusters it returns `other`: a cluster with another
 * system identifier has replaced that of `one`. Of two timelines the newer one is later, however far the
 * session was on the older one: after a promotion no server has the rest of the older timeline.
 */
export function laterOf(one: Position | undefined, other: Position): Position {
  if (one?.systemId !== other.systemId) return other;
  if (one.timeline !== other.timeline) return one.timeline > other.timeline ? one : other;
  return other.log.has(one.log) ? other : one;
}

/** Whether both are the same point on one timeline of one cluster. */
export function isSamePosition(one: Position, other: Position): boolean {
  if (one.systemId !== other.systemId || one.timeline !== other.timeline) return false;
  return one.log.has(other.log) && other.log.has(one.log);
}
