import type { RoutedPool } from 'db-routing';
import type { PostgresCluster } from '@app/postgres-cluster';
import type { FinalLine, Observation } from '../history/lines';

/** One row of `register` or of `register_log`. */
export interface RegisterRow {
  readonly key: string;
  readonly version: number;
  readonly writer: string;
}

const SCHEMA = [
  'CREATE TABLE register (key text PRIMARY KEY, version int NOT NULL, writer text NOT NULL) WITH (fillfactor = 50)',
  'CREATE TABLE register_log (key text, version int, writer text NOT NULL, PRIMARY KEY (key, version))',
];

/**
 * Each write increments the version of its keys by one and records its writer; the log keeps overwritten
 * versions.
 */
export const WRITE_SQL = `WITH written AS (
    UPDATE register SET version = version + 1, writer = $2 WHERE key = ANY ($1::text[]) RETURNING key, version
  )
  INSERT INTO register_log (key, version, writer) SELECT key, version, $2 FROM written RETURNING key, version, writer`;

export const READ_SQL = 'SELECT key, version, writer FROM register WHERE key = ANY ($1::text[])';

const SINGLES = Array.from({ length: 12 }, (_, index) => `single/${index}`);
const TWINS = Array.from({ length: 4 }, (_, index): readonly [string, string] => [
  `twin/${index}/left`,
  `twin/${index}/right`,
]);

/** Keys that are written individually, and pairs of keys that are always written together. */
export const registerKeys = { singles: SINGLES, twins: TWINS } as const;

export async function createRegister(pool: RoutedPool): Promise<void> {
  for (const statement of SCHEMA) await pool.query(statement);
  await pool.query('INSERT INTO register SELECT key, 0, $2 FROM unnest($1::text[]) AS key', [
    [...SINGLES, ...TWINS.flat()],
    '',
  ]);
  await pool.refreshCatalog();
}

export function observed({ key, version, writer }: RegisterRow): Observation {
  return writer === '' ? { key, version } : { key, version, writer };
}

/** Every write that the primary has recorded. */
export async function finalRegister({ primary }: PostgresCluster): Promise<FinalLine[]> {
  const { rows } = await primary.query<RegisterRow>('SELECT key, version, writer FROM register_log');
  return rows.map((row) => ({ line: 'final', ...row }));
}
