import { createHash } from 'node:crypto';
import { BUILTIN_CATALOG } from './builtin-catalog';
import { createCatalog } from './catalog';
import type {
  Catalog,
  CatalogCast,
  CatalogFunction,
  CatalogRelation,
  CatalogType,
  HiddenCall,
  Volatility,
} from './catalog';
import { CatalogFacts } from './catalog-facts';

/**
 * Asks a database for what its users made in it; PostgreSQL's own objects (OIDs below 16384) are known beforehand.
 * Readable by every role, on the primary and on replicas, PostgreSQL 15 to 18. Columns: kind, schema, name, facts
 * (jsonb). Feed the rows to catalogFromRows().
 */
export const CATALOG_SQL = `
WITH RECURSIVE
first_user_oid AS (SELECT 16384::oid AS oid),
part AS (
  SELECT inhparent AS root, inhrelid AS relid FROM pg_catalog.pg_inherits
  UNION
  SELECT part.root, i.inhrelid FROM part JOIN pg_catalog.pg_inherits i ON i.inhparent = part.relid
),
domain_base AS (
  SELECT t.oid AS domain, t.oid AS typid, t.typbasetype AS base FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
  UNION ALL
  SELECT d.domain, t.oid, t.typbasetype
  FROM domain_base d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
),
user_function AS (
  SELECT p.oid, n.nspname, p.proname, p.provolatile,
    p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1
      AND EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.oid = p.proargtypes[0] AND t.typtype IN ('c', 'd', 'p')) AS takes_row,
    l.lanname IN ('sql', 'plpgsql') AND COALESCE(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)
      ~* '(\\mset_config\\M|\\msetseed\\M|\\mpg_(try_)?advisory_(un)?lock|\\mtemp(orary)?\\M|\\mpg_temp\\M|\\m(un)?listen\\M|\\mdiscard\\M|(^|;|\\m(begin|then|else|loop)\\M)\\s*(set|reset|load)\\s)' AS changes_session,
    EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e') AS is_extension
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE p.oid >= (SELECT oid FROM first_user_oid)
),
aggregate_support AS (
  SELECT DISTINCT f.oid, n.nspname, s.proname
  FROM user_function f
  JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid
  JOIN pg_catalog.pg_proc s ON s.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
    a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
  JOIN pg_catalog.pg_namespace n ON n.oid = s.pronamespace
)
SELECT 'function' AS kind, f.nspname::text AS schema, f.proname::text AS name,
  jsonb_build_object(
    'volatility', max(f.provolatile::text), 'takesRow', bool_or(f.takes_row),
    'changesSession', bool_or(f.changes_session), 'isExtension', bool_and(f.is_extension),
    'calls', COALESCE(jsonb_agg(jsonb_build_object('schema', s.nspname, 'name', s.proname)) FILTER (WHERE s.proname IS NOT NULL), '[]')
  ) AS facts
FROM user_function f LEFT JOIN aggregate_support s ON s.oid = f.oid
GROUP BY f.nspname, f.proname
UNION ALL
SELECT 'relation', n.nspname::text, c.relname::text,
  jsonb_build_object(
    'relkind', c.relkind::text,
    'isUnlogged', c.relpersistence = 'u' OR EXISTS (SELECT FROM part JOIN pg_catalog.pg_class p ON p.oid = part.relid
      WHERE part.root = c.oid AND p.relpersistence = 'u'),
    'hasForeignPart', EXISTS (SELECT FROM part JOIN pg_catalog.pg_class p ON p.oid = part.relid
      WHERE part.root = c.oid AND p.relkind = 'f'),
    'definition', CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END,
    'conditions', CASE WHEN c.relrowsecurity THEN (
      SELECT COALESCE(jsonb_agg(pg_catalog.pg_get_expr(y.polqual, y.polrelid)) FILTER (WHERE y.polqual IS NOT NULL), '[]')
      FROM pg_catalog.pg_policy y WHERE y.polrelid = c.oid) ELSE '[]' END
  )
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= (SELECT oid FROM first_user_oid) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't'
UNION ALL
SELECT 'type', n.nspname::text, t.typname::text,
  jsonb_build_object('checks', (
    SELECT COALESCE(jsonb_agg(pg_catalog.pg_get_expr(k.conbin, 0)), '[]')
    FROM domain_base d JOIN pg_catalog.pg_constraint k ON k.contypid = d.typid AND k.contype = 'c'
    WHERE d.domain = t.oid))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.oid >= (SELECT oid FROM first_user_oid) AND n.nspname !~ '^pg_t(emp|oast)'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
UNION ALL
SELECT 'cast', tn.nspname::text, t.typname::text,
  jsonb_build_object('isImplicit', k.castcontext = 'i', 'calls', jsonb_build_object('schema', pn.nspname, 'name', p.proname))
FROM pg_catalog.pg_cast k
JOIN pg_catalog.pg_type t ON t.oid = k.casttarget JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
WHERE k.oid >= (SELECT oid FROM first_user_oid)
UNION ALL
SELECT DISTINCT 'operator', n.nspname::text, o.oprname::text,
  jsonb_build_object('calls', jsonb_build_object('schema', pn.nspname, 'name', p.proname))
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
WHERE o.oid >= (SELECT oid FROM first_user_oid)
ORDER BY 1, 2, 3, 4`;

/** A row of CATALOG_SQL; `facts` as the driver gives jsonb, parsed or as text. */
export interface CatalogRow {
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
  readonly facts: unknown;
}

const VOLATILITIES: ReadonlyMap<string, Volatility> = new Map([
  ['i', 'immutable'],
  ['s', 'stable'],
]);

/**
 * The catalog that the rows of CATALOG_SQL tell, on top of PostgreSQL's own objects. A fact that is missing or
 * not understood is taken for the worse: never for a reason to read on a replica.
 */
export function catalogFromRows(rows: readonly CatalogRow[]): Catalog {
  const functions: CatalogFunction[] = [];
  const relations: CatalogRelation[] = [];
  const types: CatalogType[] = [];
  const casts: CatalogCast[] = [];
  const operators: HiddenCall[] = [];
  const hash = createHash('sha256');
  for (const { kind, schema, name, facts: json } of rows) {
    const facts = new CatalogFacts(json);
    hash.update(JSON.stringify([kind, schema, name, facts.values]));
    if (kind === 'function') functions.push(functionFrom(schema, name, facts));
    else if (kind === 'relation') relations.push(relationFrom(schema, name, facts));
    else if (kind === 'type') types.push({ schema, name, checks: facts.texts('checks') });
    else if (kind === 'cast')
      casts.push({ schema, name, isImplicit: facts.isNotFalse('isImplicit'), calls: facts.name('calls') });
    else if (kind === 'operator') operators.push({ schema, name, calls: facts.name('calls') });
  }
  return createCatalog(
    { functions, relations, types, casts, operators },
    true,
    hash.digest('hex'),
    BUILTIN_CATALOG,
  );
}

function functionFrom(schema: string, name: string, facts: CatalogFacts): CatalogFunction {
  return {
    schema,
    name,
    volatility: VOLATILITIES.get(facts.text('volatility') ?? '') ?? 'volatile',
    takesRow: facts.isNotFalse('takesRow'),
    changesSession: facts.isNotFalse('changesSession'),
    isExtension: facts.isTrue('isExtension'),
    calls: facts.names('calls'),
  };
}

function relationFrom(schema: string, name: string, facts: CatalogFacts): CatalogRelation {
  const definition = facts.text('definition');
  const relation = {
    schema,
    name,
    kind: facts.relationKind('relkind'),
    isUnlogged: facts.isNotFalse('isUnlogged'),
    hasForeignPart: facts.isNotFalse('hasForeignPart'),
    conditions: facts.texts('conditions'),
  };
  return definition === undefined ? relation : { ...relation, definition };
}
