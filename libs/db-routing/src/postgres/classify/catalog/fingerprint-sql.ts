/** The system catalogs with rows of users' objects: name, OID column, filter. */
const OF_USERS: readonly (readonly [catalog: string, oid: string, filter?: string])[] = [
  ['pg_proc', 'oid'],
  ['pg_aggregate', 'aggfnoid'],
  ['pg_class', 'oid', "relpersistence <> 't' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')"],
  ['pg_rewrite', 'oid', 'ev_class NOT IN (SELECT oid FROM temporary)'],
  ['pg_trigger', 'oid', 'tgrelid NOT IN (SELECT oid FROM temporary)'],
  ['pg_attrdef', 'oid', 'adrelid NOT IN (SELECT oid FROM temporary)'],
  ['pg_constraint', 'oid', "contype IN ('c', 'f') AND conrelid NOT IN (SELECT oid FROM temporary)"],
  [
    'pg_index',
    'indexrelid',
    '(indexprs IS NOT NULL OR indpred IS NOT NULL) AND indrelid NOT IN (SELECT oid FROM temporary)',
  ],
  ['pg_inherits', 'inhrelid', 'inhrelid NOT IN (SELECT oid FROM temporary)'],
  ['pg_policy', 'oid'],
  // Row types and arrays come and go with the objects that they belong to.
  ['pg_type', 'oid', "typtype <> 'c' AND (typelem = 0 OR typtype = 'd')"],
  ['pg_attribute', 'atttypid', 'attrelid NOT IN (SELECT oid FROM temporary)'],
  ['pg_range', 'rngtypid'],
  ['pg_cast', 'oid'],
  ['pg_operator', 'oid'],
  ['pg_amproc', 'oid'],
];

/**
 * Rows that are not users' own alone: `public` can be renamed, and dependencies show what an extension owns.
 */
const OTHERS = `
SELECT 'pg_namespace', oid, xmin, ctid FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_t(emp|oast)'
UNION ALL SELECT 'pg_depend', objid, xmin, ctid FROM pg_catalog.pg_depend
  WHERE refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND deptype = 'e'`;

/**
 * One value that changes whenever the result of CATALOG_SQL does, because each row version has its own
 * transaction and place. It costs about a tenth of CATALOG_SQL. Temporary tables do not change it; TRUNCATE
 * does, which is harmless.
 */
export const FINGERPRINT_SQL = `
WITH temporary AS MATERIALIZED (SELECT oid FROM pg_catalog.pg_class WHERE relpersistence = 't'),
version(catalog, oid, xmin, ctid) AS (
${OF_USERS.map(
  ([catalog, oid, filter = 'true']) =>
    `SELECT '${catalog}', ${oid}::pg_catalog.oid, xmin, ctid FROM pg_catalog.${catalog}
  WHERE ${oid} >= 16384::pg_catalog.oid AND ${filter}`,
).join('\nUNION ALL ')}
UNION ALL ${OTHERS}
)
SELECT pg_catalog.concat(count(*), ' ',
  sum(pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', catalog, oid, xmin, ctid), 0))) AS fingerprint
FROM version`;
