import { BUILTIN_NAMES } from './builtin-catalog.data';
import { type CatalogFunction, type CatalogRelation, createCatalog, type Volatility } from './catalog';

function functionsOf(schema: string, volatility: Volatility, names: string): CatalogFunction[] {
  const plain = { takesRow: false, isExtension: false, calls: [], expressions: [] };
  return words(names).map((name) => ({ schema, name, volatility, ...plain }));
}

function relation(schema: string, name: string, definition?: string): CatalogRelation {
  const plain = { schema, name, isUnlogged: false, hasForeignPart: false, conditions: [], writtenAlong: [] };
  return definition === undefined ? { ...plain, kind: 'table' } : { ...plain, kind: 'view', definition };
}

/** 'pg_locks:pg_lock_status' is a view that calls the function after the colon. */
function relationsOf(schema: string, entries: string): CatalogRelation[] {
  return words(entries).map((entry) => {
    const [name = '', ...calls] = entry.split(/[:,]/);
    return relation(schema, name, `SELECT ${calls.map((call) => `pg_catalog."${call}"()`).join(', ')}`);
  });
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

/**
 * PostgreSQL's own objects, of versions 15 to 18 with the worst of them counting. It serves until a database
 * was asked, and below everything that a database then reports.
 */
export const BUILTIN_CATALOG = createCatalog(
  {
    functions: Object.entries(BUILTIN_NAMES.functions).flatMap(([schema, names]) => [
      ...functionsOf(schema, 'immutable', names.immutable),
      ...functionsOf(schema, 'stable', names.stable),
      ...functionsOf(schema, 'volatile', names.volatile),
    ]),
    relations: Object.entries(BUILTIN_NAMES.relations).flatMap(([schema, entries]) => [
      ...words(entries.tables).map((name) => relation(schema, name)),
      ...relationsOf(schema, entries.views),
    ]),
    types: Object.entries(BUILTIN_NAMES.types).flatMap(([schema, names]) =>
      words(names).map((name) => ({ schema, name, checks: [] })),
    ),
    casts: [],
    // The functions behind them are all immutable or stable; the test over pg_operator proves it.
    operators: words(BUILTIN_NAMES.operators).map((name) => ({
      schema: 'pg_catalog',
      name,
      calls: { schema: 'pg_catalog', name: 'now' },
    })),
    support: [],
  },
  false,
  'builtin',
);
