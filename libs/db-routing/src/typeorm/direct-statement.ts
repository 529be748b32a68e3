import { type DataSource, QueryFailedError } from 'typeorm';
import { QueryResult } from 'typeorm/query-runner/QueryResult.js';
import type { RoutedPool } from '../postgres/pool/routed-pool';

const READ = /^\s*(?:SELECT|WITH)\b/i;
const STATEMENT = /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/i;

/**
 * Whether a statement may go to the pool without a client and the events of a query runner: it is no
 * transaction control, and neither a logger nor a subscriber would hear of it. These take longer than the
 * rest of a short statement. Outside a transaction, only a read may.
 */
export function mayGoDirectly(
  dataSource: DataSource,
  text: string,
  values: unknown,
  isInTransaction: boolean,
): values is unknown[] | undefined {
  const { logging, logger, maxQueryExecutionTime } = dataSource.options;
  const isObserved =
    (logging !== undefined && logging !== false) ||
    logger !== undefined ||
    maxQueryExecutionTime !== undefined ||
    dataSource.subscribers.length > 0;
  if (isObserved || !(values === undefined || Array.isArray(values))) return false;
  return (isInTransaction ? STATEMENT : READ).test(text);
}

/** Resolves and rejects as a query runner of TypeORM does. */
export async function queryDirectly(
  pool: RoutedPool,
  text: string,
  values: unknown[] | undefined,
): Promise<QueryResult> {
  try {
    const { command, rows, rowCount } = await pool.query(text, values);
    const result = new QueryResult();
    result.records = rows;
    result.affected = rowCount as number;
    result.raw = command === 'DELETE' || command === 'UPDATE' ? [rows, rowCount] : rows;
    return result;
  } catch (error) {
    throw new QueryFailedError(text, values, error as Error);
  }
}
