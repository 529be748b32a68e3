import type { NodeAnswer } from '../../engine/node-statement';
import type { LaneRead } from '../lanes/lane-read';
import type { NodeConnection } from './node-connection';

/** The proof and the read each take a snapshot of their own, also where the user's default is another isolation. */
const BEGIN_READ_ONLY = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY';

/** On a node that takes writes and must not get any, the server itself sees to it that what is taken for a read is one. */
export async function askReadOnly(connection: NodeConnection, read: LaneRead): Promise<NodeAnswer> {
  await connection.query(BEGIN_READ_ONLY, undefined);
  const answer = await connection.ask(read);
  await connection.query('COMMIT', undefined);
  return answer;
}
