import { withPrimary } from './primary-connection';

/**
 * Brings the schema of the database `shop` up to date: tables, indexes and the services' GRANTs. Each
 * migration is one transaction.
 *
 * @param url one primary, as the role that owns the database: `postgres://migrator:…@host:5432/shop`
 * @param log receives one line for each migration applied, or one line saying that there was none
 * @throws Error when the URL names several hosts or a replica, when a service role is missing, when another
 * migrator holds the lock for more than 60 s, or as PostgreSQL reports it
 */
export async function migrate(url: string, log: (message: string) => void = () => undefined): Promise<void> {
  await withPrimary(url, async (dataSource) => {
    const applied = await dataSource.runMigrations();
    for (const migration of applied) log(`migrated: ${migration.name}`);
    if (applied.length === 0) log('schema is up to date');
  });
}
