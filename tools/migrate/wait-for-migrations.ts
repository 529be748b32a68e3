import { setTimeout as delay } from 'node:timers/promises';
import type { RoutedPool } from 'db-routing';
import { pendingMigrations } from '@app/shop-database';
import { type MigratedDatabase, startMigrationPool } from './migration-pool';

const POLL_MS = 500;

/** The database did not get this version's migrations in time. */
export class MigrationsMissingError extends Error {
  override readonly name = 'MigrationsMissingError';
}

/**
 * Waits until the database has all migrations that this code knows. It only reads, on any node, so it needs
 * no primary and no more privileges than a service has.
 *
 * @throws MigrationsMissingError after `timeoutMs`; DatabaseUnreachableError when no node answers within the
 * database's `startTimeoutMs`
 */
export async function waitForMigrations(
  database: MigratedDatabase,
  timeoutMs: number,
  say: (message: string) => void,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  const pool = await startMigrationPool(database, 'migrate --wait', say);
  try {
    let said = '';
    for (;;) {
      const missing = await whatIsMissing(pool);
      if (missing === undefined) {
        say('the database has all migrations of this version');
        return;
      }
      if (performance.now() >= deadlineMs) {
        throw new MigrationsMissingError(
          `${missing} after ${timeoutMs / 1_000} s; run the migrations of this version: node dist/tools/migrate.js`,
        );
      }
      if (missing !== said) say(`waiting: ${missing}`);
      said = missing;
      await delay(Math.min(POLL_MS, Math.max(0, deadlineMs - performance.now())));
    }
  } finally {
    await pool.end();
  }
}

/** An error may pass as a missing migration does: for example, no node serves reads at the moment. */
async function whatIsMissing(pool: RoutedPool): Promise<string | undefined> {
  try {
    const pending = await pendingMigrations(pool);
    return pending.length === 0 ? undefined : `the database lacks ${pending.join(', ')}`;
  } catch (error) {
    return `the database cannot be asked (${(error as Error).message})`;
  }
}
