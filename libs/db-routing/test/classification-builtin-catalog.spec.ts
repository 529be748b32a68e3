import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { PostgresCluster } from '@app/postgres-cluster';
import { BUILTIN_CATALOG } from '../src/postgres/classify/catalog/builtin-catalog';
import { BUILTIN_NAMES } from '../src/postgres/classify/catalog/builtin-catalog.data';
import { loadParser } from '../src/postgres/classify/tree/parser';
import {
  type BuiltinNames,
  printBuiltinNames,
  type Query,
  readBuiltinNames,
} from './classification-builtin-names';
import { startCluster } from './test-cluster';

/**
 * Regenerates the data from one server of the oldest and one of the newest version supported:
 *   BUILTIN_CATALOG_FROM=postgres://…/postgres,postgres://…/postgres npx jest classification-builtin-catalog
 */
const REGENERATE_FROM = process.env['BUILTIN_CATALOG_FROM'];

const SCHEMAS = ['pg_catalog', 'information_schema'] as const;

async function regenerate(urls: readonly string[]): Promise<void> {
  const clients = urls.map((connectionString) => new Client({ connectionString }));
  try {
    await Promise.all(clients.map((client) => client.connect()));
    const names = await readBuiltinNames(
      clients.map(
        (client): Query =>
          (sql) =>
            client.query(sql),
      ),
    );
    writeFileSync(
      join(__dirname, '../src/postgres/classify/catalog/builtin-catalog.data.ts'),
      printBuiltinNames(names),
    );
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

describe('what is known of PostgreSQL itself', () => {
  let cluster: PostgresCluster;
  let real: BuiltinNames;

  beforeAll(async () => {
    await loadParser();
    if (REGENERATE_FROM !== undefined) await regenerate(REGENERATE_FROM.split(','));
    cluster = await startCluster({ replicas: 0 });
    real = await readBuiltinNames([(sql) => cluster.primary.query<Record<string, string>>(sql)]);
  });

  afterAll(() => cluster.stop());

  it('holds each function of the real pg_proc, as volatile as it is or more', () => {
    const levels = ['immutable', 'stable', 'volatile'] as const;
    const missing: string[] = [];
    for (const schema of SCHEMAS) {
      for (const [level, volatility] of levels.entries()) {
        for (const name of wordsOf(real.functions[schema]![volatility])) {
          const known = BUILTIN_CATALOG.functions({ schema, name });
          if (!known.some((entry) => levels.indexOf(entry.volatility) >= level))
            missing.push(`${volatility} ${schema}.${name}`);
        }
      }
    }
    expect(missing).toEqual([]);
    expect(wordsOf(real.functions['pg_catalog']!.immutable).length).toBeGreaterThan(1500);
  });

  it('holds each system catalog, type and operator', () => {
    for (const schema of SCHEMAS) {
      expect(missingOf(real.relations[schema]!.tables, BUILTIN_NAMES.relations[schema].tables)).toEqual([]);
      expect(missingOf(real.types[schema]!, BUILTIN_NAMES.types[schema])).toEqual([]);
    }
    expect(missingOf(real.operators, BUILTIN_NAMES.operators)).toEqual([]);
  });

  it('holds each system view, with everything that it calls', () => {
    for (const schema of SCHEMAS) {
      const known = callsByView(BUILTIN_NAMES.relations[schema].views);
      for (const [view, calls] of callsByView(real.relations[schema]!.views)) {
        expect({ view, calls: known.get(view) }).toEqual({ view, calls: expect.arrayContaining(calls) });
      }
    }
  });

  it('is right that no operator, cast or aggregate of PostgreSQL runs a volatile function', async () => {
    const { rows } = await cluster.primary.query(`
      SELECT oprname AS name FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode WHERE p.provolatile = 'v'
      UNION ALL
      SELECT c.castfunc::regproc::text FROM pg_cast c JOIN pg_proc p ON p.oid = c.castfunc WHERE p.provolatile = 'v'
      UNION ALL
      SELECT a.aggfnoid::text FROM pg_aggregate a JOIN pg_proc p ON p.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn)
      WHERE p.provolatile = 'v'`);
    expect(rows).toEqual([]);
  });

  it('is right that no volatile function of PostgreSQL can be called as a column of a row', async () => {
    // Functions with VARIADIC "any" take names and values in pairs, and refuse a single row.
    const { rows } = await cluster.primary.query(`
      SELECT p.proname FROM pg_proc p JOIN pg_type t ON t.oid = p.proargtypes[0]
      WHERE p.provolatile = 'v' AND p.provariadic = 0 AND p.pronargs >= 1 AND p.pronargs - p.pronargdefaults <= 1
        AND t.typtype IN ('c', 'p') AND t.typname NOT IN ('internal', 'cstring', 'anyarray')`);
    expect(rows).toEqual([]);
  });
});

function wordsOf(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

function callsByView(entries: string): Map<string, string[]> {
  return new Map(
    wordsOf(entries).map((entry) => {
      const [view = '', ...calls] = entry.split(/[:,]/);
      return [view, calls];
    }),
  );
}

function missingOf(real: string, known: string): string[] {
  const entries = new Set(wordsOf(known));
  return wordsOf(real).filter((entry) => !entries.has(entry));
}
