import type { Position } from '../engine/position';

/**
 * The later of two positions; of two clusters, `other`: what was there before stands for a cluster that is no more. Of two timelines the
 * newer one is later wherever on the older one the session was: no server has any more what a promotion has left behind.
 */
export function laterOf(one: Position | undefined, other: Position): Position {
  if (one?.systemId !== other.systemId) return other;
  if (one.timeline !== other.timeline) return one.timeline > other.timeline ? one : other;
  return other.log.has(one.log) ? other : one;
}

/** Whether both are the same point of one timeline. */
export function isSamePosition(one: Position, other: Position): boolean {
  return one.timeline === other.timeline && one.log.has(other.log) && other.log.has(one.log);
}
