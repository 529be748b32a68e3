import type { Lsn } from '../postgres/position/lsn';

/**
 * A point in the history of one cluster. The LSN alone is not enough: after a promotion the same LSN
 * means something else on each timeline, and the system identifier tells clusters apart.
 */
export interface Position {
  readonly systemId: string;
  readonly timeline: number;
  readonly lsn: Lsn;
}

/**
 * The later of two positions; of two clusters, `other`: what was there before stands for a cluster that is no more. Of two timelines the
 * newer one is later wherever on the older one the session was: what a promotion has left behind nobody can read any more.
 */
export function laterOf(one: Position | undefined, other: Position): Position {
  if (one?.systemId !== other.systemId) return other;
  if (one.timeline !== other.timeline) return one.timeline > other.timeline ? one : other;
  return one.lsn > other.lsn ? one : other;
}
