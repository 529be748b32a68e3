/**
 * Reads what users have created in a database; PostgreSQL's own objects (OIDs below 16384) are known
 * beforehand. Every role may run it, on the primary and on replicas, PostgreSQL 15 to 18. Columns: kind,
 * schema, name, facts (jsonb). catalogFromRows() takes the rows.
 */
export const CATALOG_SQL = `
WITH RECURSIVE
first_user_oid AS (SELECT 16384::oid AS oid),
part AS (
  SELECT inhparent AS root, inhrelid AS relid FROM pg_catalog.pg_inherits
  UNION
  SELECT part.root, i.inhrelid FROM part JOIN pg_catalog.pg_inherits i ON i.inhparent = part.relid
),
parts AS (
  SELECT part.root, bool_or(c.relpersistence = 'u') AS unlogged, bool_or(c.relkind = 'f') AS is_foreign
  FROM part JOIN pg_catalog.pg_class c ON c.oid = part.relid GROUP BY part.root
),
checked_type AS (
  SELECT k.oid AS check_id, k.contypid AS typid FROM pg_catalog.pg_constraint k
  WHERE k.contype = 'c' AND k.contypid >= (SELECT oid FROM first_user_oid)
  UNION
  SELECT c.check_id, above.oid
  FROM checked_type c CROSS JOIN LATERAL (
    SELECT t.oid FROM pg_catalog.pg_type t WHERE c.typid IN (t.typbasetype, t.typelem)
    UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngsubtype = c.typid
    UNION ALL SELECT o.reltype FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class o ON o.oid = a.attrelid
      WHERE a.atttypid = c.typid AND a.attnum > 0 AND o.reltype <> 0
  ) AS above
),
type_check AS (
  SELECT DISTINCT c.typid AS root, pg_catalog.pg_get_expr(k.conbin, 0) AS expression
  FROM checked_type c JOIN pg_catalog.pg_constraint k ON k.oid = c.check_id
),
type_checks AS (SELECT root, jsonb_agg(expression ORDER BY expression) AS checks FROM type_check GROUP BY root),
user_function AS (
  SELECT p.oid, n.nspname, p.proname, p.prokind, l.lanname, p.provolatile,
    p.prorettype, p.proargtypes, p.proargdefaults,
    p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1
      AND EXISTS (SELECT FROM pg_catalog.pg_type t
        WHERE t.oid = p.proargtypes[0] AND t.typtype IN ('c', 'd', 'p')) AS takes_row,
    EXISTS (SELECT FROM pg_catalog.pg_depend d
      WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
        AND d.objid = p.oid AND d.deptype = 'e') AS is_extension
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE p.oid >= (SELECT oid FROM first_user_oid)
),
function_group AS (
  SELECT nspname, proname, max(provolatile::text) AS volatility, bool_or(takes_row) AS takes_row,
    bool_and(is_extension) AS is_extension
  FROM user_function GROUP BY nspname, proname
),
function_bodies AS (
  SELECT nspname, proname, jsonb_agg(body ORDER BY body) AS bodies
  FROM (
    SELECT DISTINCT f.nspname, f.proname, jsonb_build_object(
      'language', f.lanname, 'isExtension', f.is_extension, 'isVolatile', f.provolatile = 'v',
      'definition', CASE WHEN f.lanname IN ('sql', 'plpgsql') THEN pg_catalog.pg_get_functiondef(f.oid) END) AS body
    FROM user_function f WHERE f.prokind <> 'a'
  ) AS body
  GROUP BY nspname, proname
),
aggregate_support AS (
  SELECT nspname, proname, jsonb_agg(call ORDER BY call) AS calls
  FROM (
    SELECT DISTINCT f.nspname, f.proname, jsonb_build_object('schema', n.nspname, 'name', s.proname) AS call
    FROM user_function f
    JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = f.oid
    JOIN pg_catalog.pg_proc s ON s.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn,
      a.aggdeserialfn, a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
    JOIN pg_catalog.pg_namespace n ON n.oid = s.pronamespace
  ) AS support
  GROUP BY nspname, proname
),
function_expressions AS (
  SELECT nspname, proname, jsonb_agg(expression ORDER BY expression) AS expressions
  FROM (
    SELECT f.nspname, f.proname, pg_catalog.pg_get_expr(f.proargdefaults, 0) AS expression
    FROM user_function f WHERE f.proargdefaults IS NOT NULL
    UNION
    SELECT f.nspname, f.proname, k.expression
    FROM user_function f CROSS JOIN LATERAL unnest(f.proargtypes::oid[] || f.prorettype) AS used(typid)
    JOIN type_check k ON k.root = used.typid
  ) AS run_along
  GROUP BY nspname, proname
),
written_along AS (
  SELECT written, jsonb_agg(DISTINCT jsonb_build_object('schema', n.nspname, 'name', c.relname)) AS relations
  FROM (
    SELECT inhparent AS written, inhrelid AS along FROM pg_catalog.pg_inherits
    UNION
    SELECT confrelid, conrelid FROM pg_catalog.pg_constraint
    WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))
  ) AS pair
  JOIN pg_catalog.pg_class c ON c.oid = pair.along JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  GROUP BY written
)
SELECT 'function' AS kind, f.nspname::text AS schema, f.proname::text AS name,
  jsonb_build_object(
    'volatility', f.volatility, 'takesRow', f.takes_row, 'isExtension', f.is_extension,
    'bodies', COALESCE(b.bodies, '[]'),
    'calls', COALESCE(a.calls, '[]'), 'expressions', COALESCE(e.expressions, '[]')
  ) AS facts
FROM function_group f
LEFT JOIN function_bodies b ON b.nspname = f.nspname AND b.proname = f.proname
LEFT JOIN aggregate_support a ON a.nspname = f.nspname AND a.proname = f.proname
LEFT JOIN function_expressions e ON e.nspname = f.nspname AND e.proname = f.proname
UNION ALL
SELECT 'relation', n.nspname::text, c.relname::text,
  jsonb_build_object(
    'relkind', c.relkind::text,
    'isUnlogged', c.relpersistence = 'u' OR COALESCE(parts.unlogged, false),
    'hasForeignPart', COALESCE(parts.is_foreign, false),
    'definition', CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END,
    'conditions', CASE WHEN c.relrowsecurity THEN (
      SELECT COALESCE(jsonb_agg(pg_catalog.pg_get_expr(y.polqual, y.polrelid) ORDER BY y.polname)
        FILTER (WHERE y.polqual IS NOT NULL), '[]')
      FROM pg_catalog.pg_policy y WHERE y.polrelid = c.oid) ELSE '[]' END,
    'onWrite', (SELECT COALESCE(jsonb_agg(w.sql ORDER BY w.sql), '[]') FROM (
      SELECT pg_catalog.pg_get_triggerdef(t.oid) AS sql FROM pg_catalog.pg_trigger t
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
      UNION SELECT pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r
        WHERE r.ev_class = c.oid AND r.ev_type <> '1'
      UNION SELECT 'SELECT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
        WHERE d.adrelid = c.oid
      UNION SELECT 'SELECT ' || pg_catalog.pg_get_expr(k.conbin, k.conrelid) FROM pg_catalog.pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype = 'c'
      UNION SELECT pg_catalog.pg_get_indexdef(i.indexrelid) FROM pg_catalog.pg_index i
        WHERE i.indrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
      UNION SELECT 'SELECT ' || pg_catalog.pg_get_expr(e.expression, y.polrelid)
        FROM pg_catalog.pg_policy y CROSS JOIN LATERAL (VALUES (y.polqual), (y.polwithcheck)) AS e(expression)
        WHERE y.polrelid = c.oid AND e.expression IS NOT NULL
    ) AS w),
    'writtenAlong', COALESCE(along.relations, '[]')
  )
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN parts ON parts.root = c.oid
LEFT JOIN written_along along ON along.written = c.oid
WHERE c.oid >= (SELECT oid FROM first_user_oid) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND c.relpersistence <> 't'
UNION ALL
SELECT 'type', n.nspname::text, t.typname::text,
  jsonb_build_object('checks', COALESCE(k.checks, '[]'))
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN type_checks k ON k.root = t.oid
WHERE t.oid >= (SELECT oid FROM first_user_oid) AND n.nspname !~ '^pg_t(emp|oast)'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
  AND (k.checks IS NOT NULL OR t.typrelid = 0
    OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
UNION ALL
SELECT 'cast', tn.nspname::text, t.typname::text,
  jsonb_build_object('isImplicit', k.castcontext = 'i', 'isAssigning', k.castcontext = 'a',
    'calls', jsonb_build_object('schema', pn.nspname, 'name', p.proname))
FROM pg_catalog.pg_cast k
JOIN pg_catalog.pg_type t ON t.oid = k.casttarget JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
JOIN pg_catalog.pg_proc p ON p.oid = k.castfunc JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
WHERE k.oid >= (SELECT oid FROM first_user_oid)
UNION ALL
SELECT 'support', n.nspname::text, p.proname::text, '{}'
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid >= (SELECT oid FROM first_user_oid)
  AND (p.oid IN (SELECT amproc FROM pg_catalog.pg_amproc) OR p.oid IN (SELECT rngcanonical FROM pg_catalog.pg_range)
    OR p.oid IN (SELECT rngsubdiff FROM pg_catalog.pg_range))
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT DISTINCT 'operator', n.nspname::text, o.oprname::text,
  jsonb_build_object('calls', jsonb_build_object('schema', pn.nspname, 'name', p.proname))
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
WHERE o.oid >= (SELECT oid FROM first_user_oid)
ORDER BY 1, 2, 3, 4`;
