import { type DataSource, QueryFailedError } from 'typeorm';
import type { RoutedPool } from '../postgres/pool/routed-pool';

const READ = /^\s*(?:SELECT|WITH)\b/i;

/**
 * Whether a statement outside a transaction may go to the pool without a query runner: it is no transaction
 * control, and neither a logger nor a subscriber would hear of it. Making a runner with its manager,
 * broadcaster and client takes longer than the rest of a short read.
 */
export function mayGoDirectly(
  dataSource: DataSource,
  text: string,
  values: unknown,
): values is unknown[] | undefined {
  const { logging, logger, maxQueryExecutionTime } = dataSource.options;
  const isObserved =
    (logging !== undefined && logging !== false) ||
    logger !== undefined ||
    maxQueryExecutionTime !== undefined ||
    dataSource.subscribers.length > 0;
  return !isObserved && (values === undefined || Array.isArray(values)) && READ.test(text);
}

/** Resolves and rejects as a query runner of TypeORM does. */
export async function readDirectly(
  pool: RoutedPool,
  text: string,
  values: unknown[] | undefined,
): Promise<unknown> {
  try {
    const { command, rows, rowCount } = await pool.query(text, values);
    // A WITH may end in one of them.
    return command === 'DELETE' || command === 'UPDATE' ? [rows, rowCount] : rows;
  } catch (error) {
    throw new QueryFailedError(text, values, error as Error);
  }
}
