import fc from 'fast-check';

/**
 * Generates statements over the fixture, most of them valid: expressions are typed, and every FROM offers
 * orders under the alias o. Constructs that write, lock or mislead appear in every place where a statement
 * can hide them.
 */
type Text = fc.Arbitrary<string>;

const oneOf = (...texts: string[]): Text => fc.constantFrom(...texts);
const weighted = (...choices: [weight: number, arbitrary: Text][]): Text =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));

/** t`… ${arbitrary} …` */
function t(parts: TemplateStringsArray, ...holes: Text[]): Text {
  return fc
    .tuple(...holes)
    .map((values) => parts.reduce((text, part, index) => text + values[index - 1]! + part));
}

const optional = (text: Text): Text => fc.option(text, { nil: '', freq: 3 });

const integerWithEffect = oneOf(
  "nextval('order_numbers')::int",
  `lab."nextval"('order_numbers')::int`,
  'pg_catalog.nextval($$lab.order_numbers$$)::int',
  "log_visit('x')",
  "LAB.Log_Visit('it''s')",
  'o.peek',
  '(o).peek',
  'peek(o)',
  "length(set_config('app.tenant', 'x', false))",
  "length(enter_tenant('t'))",
  "mixed('a'::text)",
  "('a'::text).log_visit",
  "length('a'::audited)",
  "length('ab'::lab.audited_code)",
  'logged_equal(1, 1)::int',
  'txid_current()::text::int',
  'lo_create(0)::int',
);

const { integer, boolean, text, query, dml } = fc.letrec<
  Record<'integer' | 'boolean' | 'text' | 'query' | 'dml', string>
>((tie) => {
  const [int, bool, str, select, write] = [
    tie('integer'),
    tie('boolean'),
    tie('text'),
    tie('query'),
    tie('dml'),
  ];
  const depth = { depthSize: 'small', maxDepth: 4 } as const;

  const source = weighted(
    [8, oneOf('orders o', 'lab.orders AS o', 'open_orders o', 'ONLY orders o', '"orders" o')],
    [2, t`(SELECT * FROM orders WHERE ${bool}) o`.map((inner) => inner.replaceAll('o.', 'orders.'))],
    [2, oneOf("orders_of('customer-1') o", 'orders o TABLESAMPLE bernoulli (90)')],
  );
  const joined = weighted(
    [
      6,
      oneOf('items', 'measurements', 'totals', 'stamped_orders', 'pg_class', 'information_schema.schemata'),
    ],
    [
      3,
      oneOf(
        'scratch',
        'readings',
        'numbered_orders',
        'numbered_twice',
        'scratch_notes',
        'locked_orders',
        'compared_orders',
        'pg_locks',
      ),
    ],
    [2, t`LATERAL (${select})`],
    [1, t`generate_series(1, ${int})`],
    [1, t`ROWS FROM (generate_series(1, 2), unnest(ARRAY[${int}]))`],
  );
  const join = t`${oneOf(' CROSS JOIN ', ' LEFT JOIN ')}${joined} j`.chain((clause) =>
    clause.startsWith(' LEFT') ? t`${fc.constant(clause)} ON ${bool}` : fc.constant(clause),
  );
  const lock = oneOf(' FOR UPDATE', ' FOR SHARE OF o', ' FOR NO KEY UPDATE SKIP LOCKED', ' FOR KEY SHARE');
  const from = t` FROM ${source}${optional(join)}`;

  const core = t`SELECT ${int} AS a, ${str} AS b${from}${optional(t` WHERE ${bool}`)}${optional(t` ORDER BY ${int}`)} LIMIT ${oneOf('3', '1 + 1', '(SELECT 2)')}`;
  const locking = t`SELECT o.id AS a, o.status AS b FROM orders o WHERE ${bool} LIMIT 1${lock}`;
  const grouped = t`SELECT max(${int}) AS a, min(o.status) AS b FROM orders o GROUP BY o.customer HAVING count(*) > ${int} LIMIT 2`;
  const aggregated = t`SELECT ${oneOf('sum', 'plain_sum', 'max', 'audited_sum')}(o.id) FILTER (WHERE ${bool}) AS a, string_agg(${str}, ',') AS b FROM orders o`;
  const windowed = t`SELECT row_number() OVER (ORDER BY ${int}) AS a, ${str} AS b FROM orders o LIMIT 2`;
  const union = t`(${select}) UNION ALL (${select})`;
  const cteName = oneOf('x', 'scratch', 'open_orders', 'numbered_orders');
  const cte = t`WITH ${cteName} (a, b) AS (${select}), y AS (SELECT * FROM ${cteName} LIMIT 1) SELECT 1 AS a, 'b' AS b FROM y${optional(t`, ${joined} j`)}`;
  const recursive = t`WITH RECURSIVE r(n) AS (SELECT ${int} UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n AS a, 'b' AS b FROM r LIMIT 3`;
  const writingCte = t`WITH w AS (${write} RETURNING 1) SELECT count(*)::int AS a, 'w' AS b FROM w`;

  return {
    integer: fc.oneof(
      depth,
      { weight: 12, arbitrary: oneOf('1', 'o.id', 'o.total_cents', '-7', 'NULL::int', '3::positive') },
      { weight: 1, arbitrary: integerWithEffect },
      { weight: 4, arbitrary: t`(${int} ${oneOf('+', '-', '*', '<+>', 'OPERATOR(pg_catalog.+)')} ${int})` },
      { weight: 3, arbitrary: t`${oneOf('vat', 'abs', 'pg_catalog.abs')}(${int})` },
      { weight: 2, arbitrary: t`length(${str})` },
      { weight: 2, arbitrary: t`COALESCE(${int}, ${int})` },
      { weight: 2, arbitrary: t`CASE WHEN ${bool} THEN ${int} ELSE ${int} END` },
      { weight: 1, arbitrary: t`(SELECT a FROM (${select}) s LIMIT 1)` },
      {
        weight: 1,
        arbitrary: oneOf(
          'order_count()::int',
          '(random() * 9)::int',
          'EXTRACT(year FROM now())::int',
          '(-5).abs',
        ),
      },
      { weight: 1, arbitrary: t`(ARRAY[${int}, 2])[1]` },
      { weight: 1, arbitrary: t`GREATEST(${int}, ${int})` },
    ),
    boolean: fc.oneof(
      depth,
      { weight: 6, arbitrary: oneOf('true', 'o.id > 3', "o.status = 'open'", 'o.id IS NOT NULL') },
      { weight: 3, arbitrary: t`${int} ${oneOf('=', '<', '<>', '>=')} ${int}` },
      { weight: 1, arbitrary: oneOf('o.id === 1', 'pg_try_advisory_lock(5)', 'o.id OPERATOR(lab.===) 2') },
      { weight: 2, arbitrary: t`(${bool} ${oneOf('AND', 'OR')} ${bool})` },
      { weight: 1, arbitrary: t`NOT (${bool})` },
      { weight: 1, arbitrary: t`EXISTS (${select})` },
      { weight: 1, arbitrary: t`${int} IN (SELECT a FROM (${select}) s)` },
      { weight: 2, arbitrary: t`${str} ${oneOf('LIKE', 'ILIKE', '~', 'IS DISTINCT FROM')} ${str}` },
      { weight: 1, arbitrary: t`${int} BETWEEN ${int} AND ${int}` },
    ),
    text: fc.oneof(
      depth,
      { weight: 6, arbitrary: oneOf("'a'", 'o.customer', 'o.status', 'label(o)', 'o.label') },
      {
        weight: 3,
        arbitrary: oneOf(
          "'; DELETE FROM items; --'",
          '$$/*$$',
          "E'\\'; DROP TABLE x'",
          "U&'\\0041'",
          '$q$ $$ $q$',
          "'FOR UPDATE'",
        ),
      },
      { weight: 2, arbitrary: t`upper(${str})` },
      { weight: 2, arbitrary: t`(${str} || ${int}::text)` },
      {
        weight: 1,
        arbitrary: oneOf(
          "current_setting('search_path')",
          'CURRENT_USER::text',
          "to_char(now(), 'YYYY')",
          'initcap(o)::text',
          "o.details ->> 'n'",
        ),
      },
    ),
    query: fc.oneof(
      depth,
      { weight: 10, arbitrary: core },
      { weight: 1, arbitrary: locking },
      { weight: 2, arbitrary: grouped },
      { weight: 1, arbitrary: aggregated },
      { weight: 2, arbitrary: windowed },
      { weight: 1, arbitrary: union },
      { weight: 2, arbitrary: cte },
      { weight: 1, arbitrary: recursive },
      {
        weight: 1,
        arbitrary: t`VALUES (${oneOf('1', "nextval('order_numbers')::int", 'random()::int')}, 'v')`.map(
          (values) => `SELECT * FROM (${values}) AS v(a, b)`,
        ),
      },
      { weight: 1, arbitrary: writingCte },
    ),
    dml: fc.oneof(
      t`INSERT INTO audit (message) SELECT b FROM (${select}) s`,
      t`UPDATE orders o SET status = 'paid' WHERE ${bool}`,
      t`DELETE FROM items WHERE quantity = ${oneOf('1', '2')}`,
    ),
  };
});

const explain = t`EXPLAIN ${oneOf('', 'ANALYZE ', '(ANALYZE) ', '(ANALYZE false) ', '(COSTS off, ANALYZE off) ', '(analyze on, timing off) ')}`;
const utility = oneOf(
  'SHOW search_path',
  'SET app.tenant = $$x$$',
  'BEGIN',
  'COMMIT',
  'LISTEN channel',
  'TRUNCATE items',
  'CREATE TEMP TABLE tt (id int)',
  'LOCK TABLE items',
  'PREPARE p AS SELECT 1',
  'NOTIFY channel',
  'CALL settle()',
  "DO 'BEGIN PERFORM 1; END'",
  'REFRESH MATERIALIZED VIEW totals',
);
const single = weighted(
  [14, query],
  [2, t`${explain}${query}`],
  [1, t`${explain}${dml}`],
  [1, t`COPY (${query}) TO STDOUT`],
  [1, t`(${query})`],
  [1, t`SELECT a INTO copied FROM (${query}) s`],
  [1, dml],
  [1, utility],
  [1, t`SELECT ${integer} AS a, ${text} AS b FROM orders o WHERE ${boolean}`],
);
const statement = weighted([12, single], [1, t`${single}; ${single}`], [1, t`${single};`]);

/** Case, spaces and comments must not change the verdict. */
export const statements: Text = t`${oneOf('', '', '/* SELECT */ ', '-- first\n', '\n\t')}${statement}${oneOf('', '', ' -- ; DELETE FROM items', ' /* FOR UPDATE */')}`;
