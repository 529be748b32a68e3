import { formatLsn, type Lsn } from './lsn';
import type { AnyResult } from '../protocol/query-types';
import { type LanePosition, positionIn } from './position-query';

/**
 * Between the lanes and whoever routes, never for callers: a read's result was thrown away, because the server had not proven to
 * have the WAL that the read needs.
 */
export class StalePositionError extends Error {
  constructor(
    readonly node: string,
    /** What the read needed; undefined when it only wanted to know the position. */
    readonly needed: Lsn | undefined,
    /** The last position that the connection reported; undefined when it could not say. */
    readonly position: LanePosition | undefined,
    options?: ErrorOptions,
  ) {
    super(
      `${node} is at ${position ? formatLsn(position.lsn) : 'a position that it could not tell'}` +
        (needed === undefined ? '' : `, and the read needs ${formatLsn(needed)}`),
      options,
    );
    this.name = new.target.name;
  }
}

/** The server that has answered is not what the monitor last saw there: it was restarted, promoted or demoted since. */
export class OtherServerError extends StalePositionError {}

/** What the node's answer to POSITION_QUERY says. Throws StalePositionError unless that proves that its data reaches to `atLeast`. */
export function provenPosition(node: string, atLeast: Lsn, answer: AnyResult | undefined): LanePosition {
  const position = answer && positionIn(answer);
  if (!position || position.lsn < atLeast) throw new StalePositionError(node, atLeast, position);
  return position;
}
