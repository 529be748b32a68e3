import type { LogPosition, ServerPosition } from '../../engine/position';
import { StalePositionError } from '../../engine/stale-position-error';
import type { AnyResult } from '../protocol/query-types';
import { positionIn } from './position-query';

/**
 * The position in a node's answer to POSITION_QUERY. Throws StalePositionError when it does not reach
 * `atLeast`.
 */
export function provenPosition(
  node: string,
  atLeast: LogPosition,
  answer: AnyResult | undefined,
): ServerPosition {
  const position = answer && positionIn(answer);
  if (!position || !position.log.has(atLeast)) throw new StalePositionError(node, atLeast, position);
  return position;
}
