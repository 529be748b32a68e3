import { RoutingError } from 'db-routing';
import { ConfigError, loadDatabaseConfig, loadDotEnv } from '@app/service-kit';
import { migrate, seed } from '@app/shop-database';
import { primaryUrl } from './migrate/primary-url';

/**
 * Brings the schema of DATABASE_URL up to date, on the node that is the primary; `--seed` also fills the
 * shop.
 */
async function main(): Promise<void> {
  const unknown = process.argv.slice(2).find((argument) => argument !== '--seed');
  if (unknown !== undefined) throw new ConfigError([`${unknown} is not an option; the only one is --seed`]);
  loadDotEnv();
  const say = (message: string) => console.log(message);
  const url = await primaryUrl(loadDatabaseConfig(process.env), say);
  await migrate(url, say);
  if (process.argv.includes('--seed')) await seed(url, say);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const isExpected = error instanceof ConfigError || error instanceof RoutingError;
    console.error(isExpected ? error.message : error);
    process.exit(1);
  },
);
