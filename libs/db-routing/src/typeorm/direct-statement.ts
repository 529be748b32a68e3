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
    const answer = await pool.query(text, values);
    const result = new QueryResult();
    result.records = answer.rows;
    result.affected = answer.rowCount as number;
    result.raw = rawOf(answer);
    return result;
  } catch (error) {
    throw new QueryFailedError(text, values, error as Error);
  }
}

/** The `raw` of queryDirectly() alone, which is what a DataSource's `query()` returns. */
export async function queryRawDirectly<T>(
  pool: RoutedPool,
  text: string,
  values: unknown[] | undefined,
): Promise<T> {
  try {
    return rawOf(await pool.query(text, values)) as T;
  } catch (error) {
    throw new QueryFailedError(text, values, error as Error);
  }
}

interface Answer {
  readonly command: string;
  readonly rows: readonly unknown[];
  readonly rowCount: number | null;
}

function rawOf({ command, rows, rowCount }: Answer): unknown {
  return command === 'DELETE' || command === 'UPDATE' ? [rows, rowCount] : rows;
}
