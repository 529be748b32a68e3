import type { LogPosition, ServerPosition } from '../../engine/position';
import { StalePositionError } from '../../engine/stale-position-error';
import type { AnyResult } from '../protocol/query-types';
import { positionIn } from './position-query';

/** What the node's answer to POSITION_QUERY says. Throws StalePositionError unless that proves that its data reaches to `atLeast`. */
export function provenPosition(
  node: string,
  atLeast: LogPosition,
  answer: AnyResult | undefined,
): ServerPosition {
  const position = answer && positionIn(answer);
  if (!position || !position.log.has(atLeast)) throw new StalePositionError(node, atLeast, position);
  return position;
}
