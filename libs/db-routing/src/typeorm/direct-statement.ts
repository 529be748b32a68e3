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
export function queryDirectly(
  pool: RoutedPool,
  text: string,
  values: unknown[] | undefined,
): Promise<QueryResult> {
  return ask(pool, text, values, resultOf);
}

/** The `raw` of queryDirectly() alone, which is what a DataSource's `query()` returns. */
export function queryRawDirectly<T>(
  pool: RoutedPool,
  text: string,
  values: unknown[] | undefined,
): Promise<T> {
  return ask(pool, text, values, (answer) => rawOf(answer) as T);
}

interface Answer {
  readonly command: string;
  readonly rows: unknown[];
  readonly rowCount: number | null;
}

async function ask<R>(
  pool: RoutedPool,
  text: string,
  values: unknown[] | undefined,
  take: (answer: Answer) => R,
): Promise<R> {
  try {
    return take(await pool.query(text, values));
  } catch (error) {
    throw new QueryFailedError(text, values, error as Error);
  }
}

function resultOf(answer: Answer): QueryResult {
  const result = new QueryResult();
  result.records = answer.rows;
  result.affected = answer.rowCount as number;
  result.raw = rawOf(answer);
  return result;
}

function rawOf({ command, rows, rowCount }: Answer): unknown {
  return command === 'DELETE' || command === 'UPDATE' ? [rows, rowCount] : rows;
}
