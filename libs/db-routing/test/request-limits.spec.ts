import type { PostgresCluster } from '@app/postgres-cluster';
import { RequestAbortedError, RequestTimeoutError, type RoutedPool, WriteOutcomeUnknownError } from '../src';
import { systemClock } from '../src/clock';
import { RequestLimits } from '../src/execution/limits/request-limits';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('what limits a request', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  const states: string[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    pool.on('nodeChange', ({ now }) => states.push(`${now?.role} ${now?.state}`));
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    // Makes COMMIT itself wait.
    await pool.query(`
      CREATE TABLE slow (id int);
      CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER take_time AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION take_time()`);
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  beforeEach(() => states.splice(0));

  const active = async (statement: string) => {
    const sql = `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%${statement}%' AND pid <> pg_backend_pid() AND state = 'active'`;
    const counts = await Promise.all(cluster.nodes.map(async (node) => (await node.query(sql)).rows.length));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const sleeping = () => active('pg_sleep(30)');
  /** Which server process a transaction gets. */
  const backend = () =>
    pool.transactions.run({}, async () => {
      const { rows } = (await pool.query('SELECT pg_backend_pid() AS pid')) as { rows: { pid: number }[] };
      return rows[0]?.pid;
    });

  it('a client that goes away cancels its statement on the server', async () => {
    const limits = new RequestLimits(systemClock, 60_000);
    const read = limits.apply(() => pool.query('SELECT pg_sleep(30)'));
    read.catch(() => undefined);
    await eventually('the server works on it', async () => (await sleeping()) === 1);
    limits.abort();
    await expect(read).rejects.toThrow(RequestAbortedError);
    await eventually('the server has stopped', async () => (await sleeping()) === 0);
    expect(states).toEqual([]);
  });

  it('a client that goes away rolls its transaction back; its connection is kept, and its node not in doubt', async () => {
    const before = await backend();
    const limits = new RequestLimits(systemClock, 60_000);
    const work = limits.apply(() =>
      pool.transactions.run({}, async () => {
        await pool.query('INSERT INTO note VALUES (7)');
        await pool.query('SELECT pg_sleep(30)');
      }),
    );
    work.catch(() => undefined);
    await eventually('the server works on it', async () => (await sleeping()) === 1);
    limits.abort();
    await expect(work).rejects.toThrow(RequestAbortedError);
    await eventually('the server has stopped', async () => (await sleeping()) === 0);
    expect((await cluster.primary.query('SELECT 1 FROM note WHERE id = 7')).rows).toEqual([]);
    await eventually('the connection is back', () =>
      pool.stats.every(({ open, idle, waiting }) => open === idle && waiting === 0),
    );
    expect(await backend()).toBe(before);
    expect(states).toEqual([]);
  });

  it('a client that goes away during COMMIT does not disturb it', async () => {
    const limits = new RequestLimits(systemClock, 60_000);
    const after: string[] = [];
    const work = limits.apply(() =>
      pool.transactions.run({}, async () => {
        pool.transactions.currentScope?.afterCommit(() => after.push('committed'));
        await pool.query('INSERT INTO slow VALUES (1)');
      }),
    );
    await eventually('the server commits', async () => (await active('COMMIT')) === 1);
    limits.abort();
    await work;
    expect(after).toEqual(['committed']);
    expect((await cluster.primary.query('SELECT id FROM slow')).rows).toEqual([{ id: 1 }]);
    expect(states).toEqual([]);
  });

  it('an idle transaction of a client that goes away is rolled back at once', async () => {
    const limits = new RequestLimits(systemClock, 60_000);
    let written: () => void = () => undefined;
    const hasWritten = new Promise<void>((resolve) => (written = resolve));
    const work = limits.apply(() =>
      pool.transactions.run({}, async () => {
        await pool.query('INSERT INTO note VALUES (8)');
        written();
        await new Promise(() => undefined);
      }),
    );
    work.catch(() => undefined);
    await hasWritten;
    limits.abort();
    await expect(work).rejects.toThrow(RequestAbortedError);
    await pool.query('INSERT INTO note VALUES (8)');
    expect(states).toEqual([]);
  });

  it('a budget that is spent cancels what runs', async () => {
    const limits = new RequestLimits(systemClock, 500);
    const read = limits.apply(() => pool.query('SELECT pg_sleep(30)'));
    await expect(read).rejects.toThrow(RequestTimeoutError);
    await expect(read).rejects.toThrow('used up its 500 ms');
    await eventually('the server has stopped', async () => (await sleeping()) === 0);
    expect(states).toEqual([]);
  });

  it('a client that goes away while a write runs leaves its outcome open', async () => {
    const limits = new RequestLimits(systemClock, 60_000);
    const write = limits.apply(() => pool.query('INSERT INTO note SELECT 10 FROM pg_sleep(30)'));
    write.catch(() => undefined);
    await eventually('the server works on it', async () => (await sleeping()) === 1);
    limits.abort();
    await expect(write).rejects.toThrow(WriteOutcomeUnknownError);
    await expect(write).rejects.toMatchObject({ cause: expect.any(RequestAbortedError) });
    await eventually('the server has stopped', async () => (await sleeping()) === 0);
  });

  it('a client that goes away before its write was sent is told that nothing was written', async () => {
    const single = await startPool(cluster, { maxConnectionsPerNode: 1 });
    const busy = await single.connect();
    await busy.query('BEGIN');
    const limits = new RequestLimits(systemClock, 60_000);
    const write = limits.apply(() => single.query('INSERT INTO note VALUES (11)'));
    write.catch(() => undefined);
    await eventually('it waits', () => single.waitingCount === 1);
    limits.abort();
    await expect(write).rejects.toThrow(RequestAbortedError);
    await busy.query('ROLLBACK');
    busy.release();
    await single.end();
    expect((await cluster.primary.query('SELECT 1 FROM note WHERE id = 11')).rows).toEqual([]);
  });

  it('a budget that is spent while a write runs leaves its outcome open', async () => {
    const limits = new RequestLimits(systemClock, 500);
    const write = limits.apply(() => pool.query('INSERT INTO note SELECT 9 FROM pg_sleep(30)'));
    await expect(write).rejects.toThrow(WriteOutcomeUnknownError);
    await expect(write).rejects.toMatchObject({ cause: expect.any(RequestTimeoutError) });
    await eventually('the server has stopped', async () => (await sleeping()) === 0);
  });
});
