import type { QueryConfig } from 'pg';
import type { ExclusiveStatement, NodeAnswer } from '../../engine/node-statement';
import { POSITION_QUERY, positionIn } from '../position/position-query';
import { provenPosition } from '../position/proven-position';
import { rejectedLate } from '../protocol/query-timeout';
import type { NodeConnection } from './node-connection';

/** One autocommit statement in the form that node-postgres takes. */
export type PooledStatement = ExclusiveStatement<string | QueryConfig>;

/**
 * Begins the transaction of a read: the server refuses the read if it turns out to write. In READ COMMITTED,
 * the proof and the read each take their own snapshot; the user's default may be another level, in which the
 * snapshot could be older than the proven position.
 */
export const BEGIN_READ_ONLY = 'BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY';

/**
 * Runs one autocommit statement in a transaction of its own, which `begin` begins. Everything travels in one
 * packet. Throws what NodeConnection.ask throws.
 */
export async function askInBlock(
  connection: NodeConnection,
  { input, values, atLeast, wantsPosition = false, isWrite }: PooledStatement,
  begin: readonly string[],
): Promise<NodeAnswer> {
  const once = { isKept: false };
  const proof = atLeast === undefined ? undefined : connection.query(POSITION_QUERY, undefined, begin, once);
  const answer = connection.query(input, values, proof ? [] : begin, once);
  const position = wantsPosition ? [POSITION_QUERY] : [];
  // The position of a read may be asked for before its COMMIT; that of a write covers it only after COMMIT.
  const end = isWrite ? ['COMMIT', ...position] : [...position, 'COMMIT'];
  const answers = Promise.allSettled([proof, answer, connection.batch(end)]);
  // A caller whose time is over does not wait for the end of the transaction.
  const [before, result, ended] = await Promise.race([answers, rejectedLate(answer)]);
  if (before.status === 'rejected') throw before.reason;
  if (atLeast !== undefined) provenPosition(connection.node.name, atLeast, before.value);
  if (result.status === 'rejected') throw result.reason;
  const settled = ended.status === 'fulfilled' ? ended.value : [];
  const commit = settled[isWrite ? 0 : position.length];
  if (isWrite && commit?.status === 'rejected') throw commit.reason;
  const asked = wantsPosition ? settled[isWrite ? 1 : 0] : before;
  const told = asked?.status === 'fulfilled' ? asked.value : undefined;
  return { result: result.value, position: told && positionIn(told) };
}
