import type { ClientBase, QueryResult } from 'pg';

/**
 * Asks for one row in a transaction of its own, in one message. Behind a proxy, this reaches the primary.
 * BEGIN names the isolation level: the default of a role or database might be SERIALIZABLE, which a replica
 * refuses, and a setting of the backend session would, behind a pooler, reach the next client. Rejects with
 * the driver's error, also when no answer comes within `timeoutMs`.
 */
export async function askInTransaction<R extends object>(
  client: ClientBase,
  select: string,
  timeoutMs: number,
): Promise<R | undefined> {
  const text = `BEGIN ISOLATION LEVEL READ COMMITTED; ${select}; COMMIT`;
  const answer: unknown = await client.query({ text, query_timeout: timeoutMs } as { text: string });
  const [, selected] = answer as QueryResult<R>[];
  return selected?.rows[0];
}
