import type { PostgresCluster } from '@app/postgres-cluster';
import * as pg from 'pg';
import { PoolEndedError, type RoutedClient, type RoutedPool } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';
import { withClient } from './support';

/** Takes a pool by its type, as third-party code does. */
function takesAPool(pool: pg.Pool): pg.Pool {
  return pool;
}

describe('the pool is a pg.Pool', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE line (n int)');
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const use = <T>(work: (client: RoutedClient) => Promise<T>) => withClient(pool, work);

  it('by instanceof, by its type, and by the name of its class', () => {
    expect(takesAPool(pool)).toBeInstanceOf(pg.Pool);
    expect(pool.constructor.name).toContain('Pool');
    expect(pool.options).toMatchObject({ database: expect.any(String) as string, max: 10 });
    expect(JSON.stringify(pool.options)).not.toContain('password');
  });

  it('counts its connections', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    expect(pool.totalCount).toBeGreaterThan(0);
    expect(pool.totalCount - pool.idleCount).toBe(1);
    expect(pool.waitingCount).toBe(0);
    await client.query('COMMIT');
    client.release();
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });

  it('counts those who wait for one', async () => {
    const small = await startPool(cluster, { maxConnectionsPerNode: 1 });
    const [first, second] = [await small.connect(), await small.connect()];
    await first.query('BEGIN');
    const begun = second.query('BEGIN');
    await eventually('one waits', () => small.waitingCount === 1);
    first.release();
    await begun;
    expect(small.waitingCount).toBe(0);
    second.release();
    await small.end();
  });

  it('emits acquire and release for clients, and for its own statements', async () => {
    const seen: string[] = [];
    const acquired = () => seen.push('acquire');
    const released = (error: Error | undefined) => seen.push(`release ${error?.message ?? 'without error'}`);
    pool.on('acquire', acquired);
    pool.on('release', released);
    (await pool.connect()).release();
    (await pool.connect()).release(new Error('mine'));
    await pool.query('SELECT 1');
    await expect(pool.query('SELECT 1 / 0')).rejects.toThrow('division');
    pool.off('acquire', acquired);
    pool.off('release', released);
    expect(seen).toEqual([
      'acquire',
      'release without error',
      'acquire',
      'release mine',
      'acquire',
      'release without error',
      'acquire',
      'release division by zero',
    ]);
  });

  it.each([
    ['onConnect', undefined],
    ['on connect', 'event'],
  ])('prepares every connection before it serves, shared ones too: %s', async (_, by) => {
    const prepare = (client: pg.ClientBase) => client.query("SET my.tenant = 'acme'");
    const prepared = await startPool(cluster, by ? {} : { onConnect: prepare });
    const removed: unknown[] = [];
    prepared.on('remove', (client) => removed.push(client));
    if (by) {
      // Connections that start() made have already served.
      prepared.on('connect', (client) => void prepare(client));
      for (const { lanes } of prepared.stats) expect(lanes).toBeLessThanOrEqual(1);
      await prepared.query('SELECT 1');
    }
    await untilAllFit(prepared, 1);
    const ask = "SELECT current_setting('my.tenant', true) AS tenant, pg_sleep(0.05)";
    const seen = await Promise.all([
      ...Array.from({ length: 12 }, () => prepared.query<{ tenant: string | null }>(ask)),
      ...Array.from({ length: 4 }, async () => {
        const client = await prepared.connect();
        await client.query('BEGIN');
        const result = await client.query<{ tenant: string | null }>(ask);
        await client.query("SET my.tenant = 'other'");
        await client.query('COMMIT');
        client.release();
        return result;
      }),
    ]);
    const later = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const client = await prepared.connect();
        await client.query('BEGIN');
        const result = await client.query<{ tenant: string | null }>(ask);
        client.release();
        return result;
      }),
    );
    const tenants = new Set([...seen, ...later].map(({ rows }) => rows[0]?.tenant));
    if (by) tenants.delete(null);
    expect([...tenants]).toEqual(['acme']);
    await prepared.end();
    await eventually('closed connections were told of', () => removed.length > 0);
  });

  it('fails what needs a connection when onConnect fails, and blames no node', async () => {
    let isBroken = false;
    const broken = await startPool(cluster, {
      onConnect: () => {
        if (isBroken) throw new Error('no tenant');
      },
    });
    isBroken = true;
    await use(async () => undefined);
    const client = await broken.connect();
    await expect(client.query('BEGIN')).rejects.toMatchObject({
      code: 'CONNECT_HOOK_FAILED',
      cause: expect.objectContaining({ message: 'no tenant' }) as Error,
    });
    client.release();
    expect(broken.topology.nodes.map(({ state }) => state)).not.toContain('suspect');
    await broken.end();
  });

  it('ends by callback, answers what was given before, and refuses what comes later', async () => {
    const other = await startPool(cluster);
    const client = await other.connect();
    const given = [other.query('SELECT pg_sleep(0.1)'), other.query('INSERT INTO line VALUES (1)')];
    const ended = new Promise<void>((resolve) => other.end(resolve));
    expect(other.ending).toBe(true);
    await expect(other.query('SELECT 1')).rejects.toThrow(PoolEndedError);
    await expect(other.connect()).rejects.toThrow('Cannot use a pool after calling end on the pool');
    await expect(client.query('SELECT 1 AS n')).resolves.toMatchObject({ rows: [{ n: 1 }] });
    client.release();
    await ended;
    expect(other.ended).toBe(true);
    await expect(Promise.all(given)).resolves.toHaveLength(2);
    await expect(other.end()).rejects.toThrow('Called end on pool more than once');
  });

  it('calls back as node-postgres does', async () => {
    const seen: unknown[][] = [];
    await new Promise<void>((resolve) => {
      pool.query('SELECT 1 AS n', (...answer) => seen.push([answer[0], answer[1].rows]));
      pool.query('SELECT $1::int AS n', [2], (...answer) => seen.push([answer[0], answer[1].rows]));
      pool.query('SELECT 1 / 0', (...answer) => {
        seen.push([answer[0]?.message, answer.length]);
        resolve();
      });
    });
    expect(seen).toContainEqual([undefined, [{ n: 1 }]]);
    expect(seen).toContainEqual([undefined, [{ n: 2 }]]);
    expect(seen).toContainEqual(['division by zero', 1]);
    const connected = await new Promise<unknown[]>((resolve) =>
      pool.connect((error, client, done) => {
        done();
        resolve([error, client]);
      }),
    );
    expect(connected[0]).toBeUndefined();
    expect(() => (connected[1] as RoutedClient).release()).toThrow('already been released');
    const refused = await new Promise((resolve) => {
      Reflect.apply(pool.query.bind(pool), undefined, [resolve]);
    });
    expect(refused).toMatchObject({
      message: 'Passing a function as the first parameter to pool.query is not supported',
    });
  });

  it('awaits a query object of node-postgres', async () => {
    const result: unknown = pool.query(new pg.Query('SELECT 3 AS n'));
    await expect(result).resolves.toMatchObject({ rows: [{ n: 3 }] });
  });

  it.each([
    ['the pool', (text: string) => pool.query(text)],
    ['a free client', (text: string) => use((client) => client.query(text))],
    [
      'a client in a transaction',
      (text: string) =>
        use(async (client) => {
          await client.query('BEGIN');
          return client.query(text);
        }),
    ],
  ])('lets the stack of an error lead to the code that asked %s', async (_, ask) => {
    async function theCodeThatAsked(): Promise<void> {
      await ask('SELECT * FROM nowhere');
    }
    const error = await theCodeThatAsked().catch((thrown: unknown) => thrown);
    expect((error as Error).stack).toContain('theCodeThatAsked');
  });
});
