import type { ClientBase, QueryConfig, QueryResult } from 'pg';

/**
 * The text that asks for one row in a transaction of its own, in one message. Behind a proxy, this reaches
 * the primary. BEGIN names the isolation level: the default of a role or database might be SERIALIZABLE,
 * which a replica refuses, and a setting of the backend session would, behind a pooler, reach the next
 * client.
 */
export function inTransaction(select: string): string {
  return `BEGIN ISOLATION LEVEL READ COMMITTED; ${select}; COMMIT`;
}

/**
 * Asks for one row. Rejects with the driver's error, also when no answer comes within `timeoutMs`; undefined:
 * as the connection says.
 *
 * @param text as {@link inTransaction} makes it; once for all, where it is asked often
 */
export function askInTransaction<R extends object>(
  client: ClientBase,
  text: string,
  timeoutMs?: number,
): Promise<R | undefined> {
  const config: QueryConfig = { text, ...(timeoutMs !== undefined && { query_timeout: timeoutMs }) };
  // With the driver's own promise, the garbage of each query would keep that of the next one, until V8
  // collects the whole heap.
  return new Promise((resolve, reject) => {
    client.query(config, (error: Error | null, answer: unknown) => {
      if (error) {
        reject(error);
        return;
      }
      const [, selected] = answer as QueryResult<R>[];
      resolve(selected?.rows[0]);
    });
  });
}
