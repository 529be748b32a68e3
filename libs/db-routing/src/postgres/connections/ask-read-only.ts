import type { NodeAnswer } from '../../engine/node-statement';
import type { LaneRead } from '../lanes/lane-read';
import type { NodeConnection } from './node-connection';

/**
 * In READ COMMITTED, the proof and the read each take their own snapshot. The user's default may be another
 * level.
 */
const BEGIN_READ_ONLY = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY';

/**
 * Runs a read on a node that accepts writes, so that the server refuses the read if it turns out to write.
 */
export async function askReadOnly(connection: NodeConnection, read: LaneRead): Promise<NodeAnswer> {
  await connection.query(BEGIN_READ_ONLY, undefined);
  const answer = await connection.ask(read);
  await connection.query('COMMIT', undefined);
  return answer;
}
