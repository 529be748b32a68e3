import type { ClientBase, QueryResult } from 'pg';

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
 * Asks for one row. Rejects with the driver's error, also when no answer comes within `timeoutMs`.
 *
 * @param text as {@link inTransaction} makes it; once for all, where it is asked often
 */
export async function askInTransaction<R extends object>(
  client: ClientBase,
  text: string,
  timeoutMs: number,
): Promise<R | undefined> {
  const answer: unknown = await client.query({ text, query_timeout: timeoutMs } as { text: string });
  const [, selected] = answer as QueryResult<R>[];
  return selected?.rows[0];
}
