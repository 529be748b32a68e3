import { shopMigrations } from './migrations';
import { MIGRATIONS_TABLE } from './primary-connection';

/** The part of a `pg.Pool` that reads one table. */
interface Reader {
  query(text: string): Promise<{ readonly rows: readonly unknown[] }>;
}

/** No migration has run (42P01), or none that shows the table to this role (42501). */
const NOT_THERE_YET = new Set(['42P01', '42501']);

/**
 * Returns the names of this code's migrations that the database lacks. Any role of the shop may ask, on any
 * node. Migrations that only a newer version of this code knows do not matter.
 *
 * @throws Error as `reader` does, except while the database has not been migrated at all
 */
export async function pendingMigrations(reader: Reader): Promise<string[]> {
  const known = shopMigrations.map((Migration) => new Migration().name);
  try {
    const { rows } = await reader.query(`SELECT name FROM ${MIGRATIONS_TABLE}`);
    const applied = new Set((rows as readonly { name: string }[]).map(({ name }) => name));
    return known.filter((name) => !applied.has(name));
  } catch (error) {
    if (NOT_THERE_YET.has((error as { code?: string }).code ?? '')) return known;
    throw error;
  }
}
