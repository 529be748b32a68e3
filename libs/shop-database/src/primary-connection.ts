import { DataSource, type Logger } from 'typeorm';
import { shopMigrations } from './migrations';

/** Has a row for each migration that has run. */
export const MIGRATIONS_TABLE = 'schema_migrations';

const CONNECT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 60_000;
// An arbitrary constant that nothing else in this database locks: "shop" in ASCII.
const MIGRATION_LOCK = 0x73686f70;

// TypeORM prints a failed migration to the console even with logging off, although it also throws the error.
const silent: Logger = {
  logQuery: ignore,
  logQueryError: ignore,
  logQuerySlow: ignore,
  logSchemaBuild: ignore,
  logMigration: ignore,
  log: ignore,
};

/**
 * Runs `work` on a DataSource of the single node that `url` names, with an advisory lock that makes a second
 * migrator or seeder wait for a limited time. Refuses a replica and a URL with several hosts.
 */
export async function withPrimary<T>(url: string, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  requireSingleHost(url);
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    applicationName: 'shop-migrate',
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    installExtensions: false,
    logger: silent,
    migrations: shopMigrations,
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsTransactionMode: 'each',
  });
  await dataSource.initialize();
  try {
    // The lock belongs to a backend session, so it needs a connection besides the one that migrates.
    const lockHolder = dataSource.createQueryRunner();
    try {
      const [node] = (await lockHolder.query('SELECT pg_is_in_recovery() AS "isReplica"')) as [
        { isReplica: boolean },
      ];
      if (node.isReplica) {
        throw new Error(`${nodeName(url)} is a replica; migrations and seed run on the primary`);
      }
      await lockHolder.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await lockHolder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
      return await work(dataSource);
    } finally {
      await lockHolder.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
      await lockHolder.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

function requireSingleHost(url: string): void {
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new Error('the database URL must begin with postgres:// or postgresql://');
  }
  if (nodeName(url).includes(',')) {
    throw new Error(`the database URL must name one host, the primary; it names ${nodeName(url)}`);
  }
}

/** host:port without the credentials, safe to print. */
function nodeName(url: string): string {
  const authority = /^[a-z]+:\/\/([^/?]*)/.exec(url)?.[1] ?? '';
  return authority.slice(authority.lastIndexOf('@') + 1);
}

function ignore(): void {
  return undefined;
}
