import { setTimeout as delay } from 'node:timers/promises';
import { NoPrimaryError, urlOfNode } from 'db-routing';
import { type MigratedDatabase, startMigrationPool } from './migration-pool';

const POLL_MS = 100;

/**
 * Returns the URL of the node that is the primary now, found as the services find it, so an old primary that
 * has come back is not mistaken for it.
 *
 * @throws NoPrimaryError when there is none within `startTimeoutMs`; DatabaseUnreachableError when no node
 * answers
 */
export async function primaryUrl(
  database: MigratedDatabase,
  say: (message: string) => void,
): Promise<string> {
  const deadlineMs = performance.now() + database.startTimeoutMs;
  const pool = await startMigrationPool(database, 'migrate', say);
  try {
    for (;;) {
      const { primary, noPrimaryBecause } = pool.topology;
      if (primary) return urlOfNode(database.url, primary.address);
      if (performance.now() >= deadlineMs) throw new NoPrimaryError(noPrimaryBecause);
      await delay(POLL_MS);
    }
  } finally {
    await pool.end();
  }
}
