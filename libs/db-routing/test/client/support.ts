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
