import { parse } from '../src/postgres/classify/tree/parser';
import { collectFacts } from '../src/postgres/classify/tree/tree-facts';

type Row = Record<string, string | null>;
export type Query = (sql: string) => Promise<{ rows: Row[] }>;

type BySchema<T> = Record<string, T>;

/** The shape of builtin-catalog.data.ts; every list is one string of words. */
export interface BuiltinNames {
  functions: BySchema<{ immutable: string; stable: string; volatile: string }>;
  relations: BySchema<{ tables: string; views: string }>;
  types: BySchema<string>;
  operators: string;
}

const SYSTEM = `('pg_catalog', 'information_schema')`;

const FUNCTIONS = `
  SELECT n.nspname AS schema, p.proname AS name, max(p.provolatile::text) AS volatility
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname IN ${SYSTEM} AND p.oid < 16384 GROUP BY 1, 2`;
const RELATIONS = `
  SELECT n.nspname AS schema, c.relname AS name, CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END AS definition
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ${SYSTEM} AND c.relkind IN ('r', 'v') AND c.oid < 16384`;
const TYPES = `
  SELECT n.nspname AS schema, t.typname AS name FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE n.nspname IN ${SYSTEM} AND t.typrelid = 0 AND t.oid < 16384
    AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`;
const OPERATORS = `SELECT DISTINCT oprname AS name FROM pg_operator WHERE oid < 16384`;

const VOLATILITIES = ['immutable', 'stable', 'volatile'] as const;

/**
 * The built-ins of one or more servers of different versions: the union, and for differences the stricter
 * verdict.
 */
export async function readBuiltinNames(servers: readonly Query[]): Promise<BuiltinNames> {
  const read = (sql: string): Promise<Row[][]> =>
    Promise.all(servers.map(async (query) => (await query(sql)).rows));

  const volatility = new Map<string, number>();
  for (const row of (await read(FUNCTIONS)).flat()) {
    const level = VOLATILITIES.findIndex((name) => name.startsWith(row['volatility']!));
    volatility.set(keyOf(row), Math.max(volatility.get(keyOf(row)) ?? 0, level));
  }
  const relations = await read(RELATIONS);
  const calls = new Map<string, Set<string>>();
  for (const server of relations) {
    const definitions = new Map(server.map((row) => [keyOf(row), row['definition'] ?? undefined]));
    for (const row of server.filter(({ definition }) => definition !== null)) {
      const known = calls.get(keyOf(row)) ?? new Set();
      for (const call of callsOf(keyOf(row), definitions)) {
        if ((volatility.get(`pg_catalog.${call}`) ?? 0) > 0) known.add(call);
      }
      calls.set(keyOf(row), known);
    }
  }
  const tables = relations.flat().filter(({ definition }) => definition === null);
  const types = (await read(TYPES)).flat();
  const operators = (await read(OPERATORS)).flat();

  return {
    functions: mapSchemas((schema) => {
      const ofLevel = (level: number): string =>
        words(
          [...volatility].filter(([, worst]) => worst === level).map(([key]) => key),
          schema,
        );
      return { immutable: ofLevel(0), stable: ofLevel(1), volatile: ofLevel(2) };
    }),
    relations: mapSchemas((schema) => ({
      tables: words(tables.map(keyOf), schema),
      views: words(
        [...calls].map(([key, names]) => [key, [...names].sort().join()].filter(Boolean).join(':')),
        schema,
      ),
    })),
    types: mapSchemas((schema) => words(types.map(keyOf), schema)),
    operators: words(
      operators.map(({ name }) => `pg_catalog.${name!}`),
      'pg_catalog',
    ),
  };
}

/** All functions that run when a system view is read, through nested views. */
function callsOf(key: string, definitions: ReadonlyMap<string, string | undefined>): Set<string> {
  const definition = definitions.get(key);
  const calls = new Set<string>();
  if (definition === undefined) return calls;
  for (const tree of parse(definition)) {
    const facts = collectFacts(tree);
    for (const call of facts.functions) calls.add(call.name);
    for (const { schema, name } of facts.relations) {
      for (const below of [schema ?? 'pg_catalog', ...(schema === undefined ? ['information_schema'] : [])]) {
        for (const call of callsOf(`${below}.${name}`, definitions)) calls.add(call);
      }
    }
  }
  return calls;
}

export function printBuiltinNames(names: BuiltinNames): string {
  return `// Generated from pg_proc, pg_class, pg_type and pg_operator; do not edit. How: test/classification-builtin-catalog.spec.ts
export const BUILTIN_NAMES = ${JSON.stringify(names, null, 2)} as const;
`;
}

function mapSchemas<T>(of: (schema: string) => T): BySchema<T> {
  return { pg_catalog: of('pg_catalog'), information_schema: of('information_schema') };
}

function keyOf(row: Row): string {
  return `${row['schema']!}.${row['name']!}`;
}

/** The names of one schema among 'schema.name' keys. */
function words(keys: readonly string[], schema: string): string {
  const names = keys.filter((key) => key.startsWith(`${schema}.`)).map((key) => key.slice(schema.length + 1));
  return [...new Set(names)].sort().join(' ');
}
