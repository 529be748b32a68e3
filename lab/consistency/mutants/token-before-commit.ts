import type * as Connections from '../../../libs/db-routing/src/postgres/connections/node-connection';
import type * as PositionQuery from '../../../libs/db-routing/src/postgres/position/position-query';
import { internal } from '../../db-routing-internals';
import { replaceMethod } from './replace';

const { POSITION_QUERY, KEPT_POSITION_QUERY } = internal(
  'postgres/position/position-query',
) as typeof PositionQuery;
const { NodeConnection } = internal('postgres/connections/node-connection') as typeof Connections;

/** Mutant: asks for the position before the write it must cover is committed. */
replaceMethod(NodeConnection, 'batch', (batch) => async (statements) => {
  const [last, asked] = statements.slice(-2);
  // A pooler's transactions ask by the text.
  if (last !== 'COMMIT' || (asked !== KEPT_POSITION_QUERY && asked !== POSITION_QUERY))
    return batch(statements);
  const swapped = await batch([...statements.slice(0, -2), asked, 'COMMIT']);
  return [...swapped.slice(0, -2), ...swapped.slice(-2).reverse()];
});

replaceMethod(NodeConnection, 'ask', (ask, connection) => async (read) => {
  const position = read.wantsPosition === true ? await connection.position() : undefined;
  const answer = await ask(read);
  return { ...answer, position: answer.position && position };
});
