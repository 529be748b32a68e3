import type { PostgresCluster } from '@app/postgres-cluster';
import { Pool, type QueryConfig, type QueryResult, types } from 'pg';
import type { RoutedPool } from '../src';
import { startPool } from './support';
import { startCluster } from './test-cluster';

type Row = Record<string, unknown>;

/** More than the driver receives in one piece, and more than are read without generated code. */
const MANY = `
  SELECT i, i::int8 AS big, i % 2 = 0 AS even, 'item ' || i AS label, repeat('ö', i % 90) AS long,
         CASE WHEN i % 3 = 0 THEN NULL ELSE timestamptz '2026-11-27 07:00+00' + i * interval '1 ms' END AS at,
         json_build_object('i', i) AS json, i AS "__proto__", i AS i, date '2026-01-01' + i AS day
    FROM generate_series(1, $1) AS i`;

describe('rows', () => {
  let cluster: PostgresCluster;
  let driver: Pool;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    driver = new Pool({ connectionString: cluster.primary.url('migrator') });
    pool = await startPool(cluster);
  });

  afterAll(async () => {
    await pool.end();
    await driver.end();
    await cluster.stop();
  });

  const inputs: [string, QueryConfig][] = [
    ['objects', { text: MANY, values: [3000] }],
    ['arrays', { text: MANY, values: [3000], rowMode: 'array' } as QueryConfig],
    ['of several statements', { text: `${MANY.replace('$1', '20')}; SELECT 1 AS one` }],
    ['with types of their own', { text: MANY, values: [20], types: { getTypeParser: () => String } }],
    ['without columns', { text: 'SELECT FROM generate_series(1, $1::int)', values: [3] }],
  ];

  it.each(inputs)(
    "are the driver's on lanes, exclusive connections and in transactions: %s",
    async (_, input) => {
      const expected = rowsOf(await driver.query(input));
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        // The second time, a large answer comes over an exclusive connection.
        for (const ask of [pool, pool, client]) expect(rowsOf(await ask.query(input))).toEqual(expected);
        await client.query('COMMIT');
      } finally {
        client.release();
      }
    },
  );

  it('have a description that the caller may change, and no other caller notices', async () => {
    const text = 'SELECT $1::int AS a';
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1');
    for (const ask of [pool, client]) {
      for (let use = 1; use <= 6; use++) {
        const result = await ask.query<Row>(text, [use]);
        expect(result.rows).toEqual([{ a: use }]);
        expect(result.fields).toEqual([
          expect.objectContaining({ name: 'a', dataTypeID: types.builtins.INT4 }),
        ]);
        Object.assign(result.fields[0] as object, { name: 'changed', dataTypeID: types.builtins.TEXT });
      }
    }
    await client.query('COMMIT');
    client.release();
  });

  it('go through a type parser that is set while statements are prepared', async () => {
    const { INT4 } = types.builtins;
    const before: unknown = types.getTypeParser(INT4);
    const ask = async () => (await pool.query<Row>('SELECT $1::int AS a', [7])).rows[0];
    for (let use = 0; use < 20; use++) expect(await ask()).toEqual({ a: 7 });
    types.setTypeParser(INT4, (value) => `<${value}>`);
    try {
      expect(await ask()).toEqual({ a: '<7>' });
    } finally {
      types.setTypeParser(INT4, before as (value: string) => unknown);
    }
    expect(await ask()).toEqual({ a: 7 });
  });

  it('of a transaction throw what a type parser throws, and leave the connection usable', async () => {
    const parser = () => {
      throw new Error('cannot read this');
    };
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const bad = client.query({ text: 'SELECT 1', types: { getTypeParser: () => parser } });
      await expect(bad).rejects.toThrow('cannot read this');
      expect((await client.query<Row>('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  });
});

/** What a caller can observe of the rows of one or several results. */
function rowsOf(result: QueryResult | QueryResult[]): unknown {
  return [result].flat().map(({ rows, rowCount, command }) => ({
    command,
    rowCount,
    rows: rows.map((row: object) => ({
      isPlain: Object.getPrototypeOf(row) === (Array.isArray(row) ? Array : Object).prototype,
      entries: Object.entries(row),
    })),
  }));
}
