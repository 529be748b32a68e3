import { RoutingError } from 'db-routing';
import { ConfigError, loadDatabaseConfig, loadDotEnv } from '@app/service-kit';
import { migrate, seed } from '@app/shop-database';
import { readArguments } from './migrate/arguments';
import { DatabaseDiskFullError, orDiskFull } from './migrate/disk-full';
import { primaryUrl } from './migrate/primary-url';
import { MigrationsMissingError, waitForMigrations } from './migrate/wait-for-migrations';

/**
 * Brings the schema of DATABASE_URL up to date, on the node that is the primary; `--seed` also fills the
 * shop. `--wait` changes nothing: it waits until the schema is up to date.
 */
async function main(): Promise<void> {
  const { waitTimeoutMs, ...work } = readArguments(process.argv.slice(2));
  loadDotEnv();
  const say = (message: string) => console.log(message);
  const database = loadDatabaseConfig(process.env);
  if (waitTimeoutMs !== undefined) return waitForMigrations(database, waitTimeoutMs, say);
  const url = await primaryUrl(database, say);
  try {
    await migrate(url, say);
    if ('seed' in work && work.seed) await seed(url, say);
  } catch (error) {
    throw orDiskFull(error, url);
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const expected = [ConfigError, RoutingError, MigrationsMissingError, DatabaseDiskFullError];
    console.error(expected.some((type) => error instanceof type) ? (error as Error).message : error);
    process.exit(1);
  },
);
