import type { RoutedClient, RoutedPool } from '../../src';

/** Runs `work` on a client of the pool, and releases the client afterwards. */
export async function withClient<T>(
  pool: RoutedPool,
  work: (client: RoutedClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

/** Runs `work` in a transaction that a client begins with the text `begin`. */
export function inClientTransaction<T>(
  pool: RoutedPool,
  work: (client: RoutedClient) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  return withClient(pool, async (client) => {
    try {
      await client.query(begin);
      const done = await work(client);
      await client.query('COMMIT');
      return done;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    }
  });
}
