import type { PostgresCluster } from '@app/postgres-cluster';
import * as pg from 'pg';
import type { RoutedClient, RoutedPool } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';
import { withClient } from './support';

/** Takes a client by its type, as third-party code does. */
function takesAClient(client: pg.PoolClient): pg.PoolClient {
  return client;
}

describe('a client of the pool is a pg.PoolClient', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const use = <T>(work: (client: RoutedClient) => Promise<T>) => withClient(pool, work);

  it('by its type, with the functions of node-postgres', async () => {
    await use(async (client) => {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- that it fits without a cast is what is shown
      expect(takesAClient(client)).toBe(client);
      expect(client.escapeIdentifier('a"b')).toBe('"a""b"');
      expect(client.escapeLiteral("a'b")).toBe("'a''b'");
      expect(client.getTransactionStatus()).toBe('I');
      expect(client.processID).toBeNull();
      await client.query('BEGIN');
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      expect(client.processID).toBe(rows[0]?.pid);
      expect(client.getTransactionStatus()).toBe('T');
      await expect(client.query('SELECT 1 / 0')).rejects.toThrow('division');
      await client.query('SELECT 1').catch(() => undefined);
      expect(client.getTransactionStatus()).toBe('E');
      await client.query('ROLLBACK');
      await expect(client.connect()).rejects.toThrow('already been connected');
    });
  });

  it('parses types as it was told, on every way', async () => {
    await use(async (client) => {
      client.setTypeParser(pg.types.builtins.INT8, (text: string) => BigInt(text));
      const read = await client.query('SELECT 5::bigint AS n');
      await client.query('BEGIN');
      const bound = await client.query({ text: 'SELECT $1::bigint AS n', values: [6] });
      await client.query('COMMIT');
      expect([read.rows, bound.rows]).toEqual([[{ n: 5n }], [{ n: 6n }]]);
    });
    expect((await pool.query('SELECT 5::bigint AS n')).rows).toEqual([{ n: '5' }]);
  });

  it('takes a callback in the configuration, rows in portions, and the name of what was given before', async () => {
    await use(async (client) => {
      const rows = await new Promise((resolve) => {
        const config = {
          text: 'SELECT 1 AS n',
          callback: (_: unknown, result: pg.QueryResult) => resolve(result.rows),
        };
        void client.query(config);
      });
      expect(rows).toEqual([{ n: 1 }]);
      await client.query({ name: 'twice', text: 'SELECT $1::int * 2 AS n', values: [1] });
      const byName = { name: 'twice', values: [4] } as unknown as pg.QueryConfig;
      expect((await client.query(byName)).rows).toEqual([{ n: 8 }]);
      await client.query('BEGIN');
      expect((await client.query(byName)).rows).toEqual([{ n: 8 }]);
      const inPortions = { text: 'SELECT generate_series(1, 5) AS n', rows: 2 };
      expect((await client.query(inPortions)).rows).toHaveLength(5);
      await client.query('COMMIT');
    });
  });

  it('tells when everything that it was given is answered', async () => {
    const client = await pool.connect();
    const order: string[] = [];
    client.on('drain', () => order.push('drain'));
    client.on('end', () => order.push('end'));
    for (const text of ['SELECT 1', 'BEGIN', 'COMMIT']) client.query(text, () => order.push(text));
    await eventually('it is drained', () => order.includes('drain'));
    await client.end();
    await eventually('it is ended', () => order.includes('end'));
    expect(order).toEqual(['SELECT 1', 'BEGIN', 'COMMIT', 'drain', 'end']);
  });

  it('throws for what is no query', async () => {
    await use(async (client) => {
      expect((): unknown => Reflect.apply(client.query.bind(client), undefined, [null])).toThrow(
        'Client was passed a null or undefined query',
      );
    });
    for (const nothing of [null, undefined]) {
      await expect(pool.query(nothing as never)).rejects.toThrow(
        'Client was passed a null or undefined query',
      );
    }
  });

  it('refuses by name what it cannot do', async () => {
    await use(async (client) => {
      expect(() => client.connection).toThrow(expect.objectContaining({ code: 'CLIENT_UNBOUND' }));
      expect(() => client.copyFrom()).toThrow('use pg-copy-streams');
    });
  });
});
