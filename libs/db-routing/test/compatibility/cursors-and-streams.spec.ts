import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { useLab } from './support';

const SERIES = 'SELECT g AS n FROM generate_series(1, $1::int) AS g';

describe('pg-cursor, pg-query-stream and pg-copy-streams', () => {
  const lab = useLab();
  let client: PoolClient;

  beforeAll(() => lab.pool.query('CREATE TABLE line (n int, text text)'));
  beforeEach(async () => {
    await lab.pool.query('TRUNCATE line');
    client = await lab.pool.connect();
  });
  afterEach(() => client.release());

  it('reads a cursor in pieces, closes it early, and goes on with the client', async () => {
    const cursor = client.query(new Cursor<{ n: number }>(SERIES, [1000]));
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await cursor.read(3)).toHaveLength(3);
    await cursor.close();
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('tells the error of a cursor', async () => {
    const cursor = client.query(new Cursor('SELECT 1 / (3 - g) FROM generate_series(1, 5) AS g'));
    await expect(cursor.read(10)).rejects.toThrow('division by zero');
    await cursor.close().catch(() => undefined);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('reads a cursor in a transaction, between its other statements', async () => {
    await client.query('BEGIN');
    await client.query("INSERT INTO line SELECT g, 'x' FROM generate_series(1, 20) AS g");
    const cursor = client.query(new Cursor('SELECT n FROM line'));
    expect(await cursor.read(100)).toHaveLength(20);
    await cursor.close();
    await client.query('ROLLBACK');
    expect((await client.query('SELECT n FROM line')).rows).toEqual([]);
  });

  it('streams rows, and stops a stream that nobody reads to its end', async () => {
    let sum = 0;
    for await (const { n } of client.query(new QueryStream(SERIES, [500])) as AsyncIterable<{ n: number }>)
      sum += n;
    expect(sum).toBe(125_250);
    for await (const _row of client.query(new QueryStream(SERIES, [100_000]))) break;
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('streams from the pool', async () => {
    const rows: unknown[] = [];
    for await (const row of lab.pool.query(new QueryStream(SERIES, [50]))) rows.push(row);
    expect(rows).toHaveLength(50);
  });

  it('copies in and out', async () => {
    const lines = Array.from({ length: 1000 }, (_, n) => `${n}\ttext ${n}\n`);
    const into = client.query(copyFrom('COPY line FROM STDIN'));
    await pipeline(Readable.from(lines), into);
    expect(into.rowCount).toBe(1000);
    let text = '';
    for await (const chunk of client.query(copyTo('COPY (SELECT * FROM line ORDER BY n) TO STDOUT'))) {
      text += String(chunk);
    }
    expect(text).toBe(lines.join(''));
    expect((await client.query('SELECT count(*)::int AS n FROM line')).rows).toEqual([{ n: 1000 }]);
  });

  it('takes back what was copied in a transaction that is rolled back', async () => {
    await client.query('BEGIN');
    await pipeline(Readable.from(['1\tx\n']), client.query(copyFrom('COPY line FROM STDIN')));
    await client.query('ROLLBACK');
    expect((await client.query('SELECT n FROM line')).rows).toEqual([]);
  });

  it('tells the error of a copy, and goes on', async () => {
    const copy = pipeline(Readable.from(['no number\tx\n']), client.query(copyFrom('COPY line FROM STDIN')));
    await expect(copy).rejects.toMatchObject({ code: '22P02' });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
