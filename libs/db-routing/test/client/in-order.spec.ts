import type { PostgresCluster } from '@app/postgres-cluster';
import { Query } from 'pg';
import type { RoutedPool } from '../../src';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

describe('what a client is given runs in the order in which it was given', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE line (id serial PRIMARY KEY, n int)');
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  beforeEach(() => pool.query('TRUNCATE line RESTART IDENTITY'));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('CREATE, INSERT and SELECT without await', async () => {
    const client = await pool.connect();
    const [, , read] = await Promise.all([
      client.query('CREATE TABLE fresh (n int)'),
      client.query('INSERT INTO fresh VALUES (1), (2)'),
      client.query('SELECT n FROM fresh ORDER BY n'),
    ]);
    expect(read.rows).toEqual([{ n: 1 }, { n: 2 }]);
    await client.query('DROP TABLE fresh');
    client.release();
  });

  it('a read before a write sees nothing of it, one behind it does', async () => {
    const client = await pool.connect();
    const [before, , after] = await Promise.all([
      client.query('SELECT count(*)::int AS n FROM line'),
      client.query('INSERT INTO line (n) VALUES (1)'),
      client.query('SELECT count(*)::int AS n FROM line'),
    ]);
    client.release();
    expect([before.rows, after.rows]).toEqual([[{ n: 0 }], [{ n: 1 }]]);
  });

  it('twenty INSERTs', async () => {
    const client = await pool.connect();
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => client.query('INSERT INTO line (n) VALUES ($1)', [n])),
    );
    const { rows } = await client.query<{ n: number }>('SELECT n FROM line ORDER BY id');
    client.release();
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('callbacks, those of reads on a replica too', async () => {
    const client = await pool.connect();
    const order: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const done = (what: string) => (error: Error | null) => {
        if (error) reject(error);
        order.push(what);
        if (order.length === 4) resolve();
      };
      client.query('SELECT pg_sleep(0.1)', done('slow read'));
      client.query('SELECT 1', done('read'));
      client.query('INSERT INTO line (n) VALUES (1)', done('write'));
      client.query('SELECT n FROM line', [], (_, { rows }) => {
        order.push(JSON.stringify(rows));
        resolve();
      });
    });
    client.release();
    expect(order).toEqual(['slow read', 'read', 'write', '[{"n":1}]']);
  });

  it('statements that were given before release', async () => {
    const client = await pool.connect();
    const given = [client.query('SELECT 1 AS n'), client.query('INSERT INTO line (n) VALUES (1)')];
    client.release();
    const results = await Promise.all(given);
    expect(results.map(({ command }) => command)).toEqual(['SELECT', 'INSERT']);
    const { rows } = await cluster.primary.query('SELECT n FROM line');
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('a transaction of query objects', async () => {
    const client = await pool.connect();
    const run = (text: string) =>
      new Promise<void>((resolve, reject) => {
        client.query(new Query(text, (error) => (error ? reject(error) : resolve())));
      });
    await run('BEGIN');
    await run('INSERT INTO line (n) VALUES (1)');
    expect(client.getTransactionStatus()).toBe('T');
    await run('ROLLBACK');
    client.release();
    const { rows } = await cluster.primary.query('SELECT n FROM line');
    expect(rows).toEqual([]);
  });

  it.each(['SELECT 7 AS n', 'INSERT INTO line (n) VALUES (7) RETURNING n'])(
    'a query object with a callback beside it: %s',
    async (text) => {
      const client = await pool.connect();
      const rows = await new Promise((resolve, reject) => {
        const query = new Query(text);
        // As in node-postgres: the second argument of query() becomes the object's callback.
        const call = client.query.bind(client) as (
          query: Query,
          callback: (error: Error | null, result: { rows: unknown[] }) => void,
        ) => Query;
        call(query, (error, result) => (error ? reject(error) : resolve(result.rows)));
      });
      client.release();
      expect(rows).toEqual([{ n: 7 }]);
    },
  );

  it.each(['SELECT 1 / 0', 'INSERT INTO nowhere VALUES (1)'])(
    'tells a query object that failed, and goes on: %s',
    async (text) => {
      const client = await pool.connect();
      const byCallback = new Promise((resolve) => client.query(new Query(text, resolve)));
      expect(await byCallback).toBeInstanceOf(Error);
      const byEvent = new Promise((resolve) => client.query(new Query(text)).on('error', resolve));
      expect(await byEvent).toBeInstanceOf(Error);
      expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
      client.release();
    },
  );
});
