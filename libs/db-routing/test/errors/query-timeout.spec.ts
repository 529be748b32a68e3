import type { PostgresCluster } from '@app/postgres-cluster';
import type { QueryConfig } from 'pg';
import { type RoutedPool, WriteOutcomeUnknownError } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { suspicions } from './support';
import { startCluster } from '../test-cluster';

const SLOW_INSERT = 'INSERT INTO note SELECT $1::int FROM pg_sleep(0.6)';
/** The driver accepts this option; its type declarations lack it. */
const timed = (
  query_timeout: number,
  text: string,
  values: unknown[] = [],
): QueryConfig & { query_timeout: number } => ({ text, values, query_timeout });
const TIMEOUT = 'Query read timeout';

describe('query_timeout', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let suspected: string[];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster, { maxConnectionsPerNode: 2 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool, 1);
    suspected = suspicions(pool);
  });

  beforeEach(() => suspected.splice(0));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const stored = async (id: number): Promise<boolean> =>
    (await cluster.primary.query(`SELECT 1 FROM note WHERE id = ${id}`)).rows.length === 1;
  const late = (id: number) => timed(100, SLOW_INSERT, [id]);

  it('of a write says that its outcome is unknown, and lets it run to its end', async () => {
    await expect(pool.query(late(1))).rejects.toThrow(WriteOutcomeUnknownError);
    expect(await stored(1)).toBe(false);
    await eventually('it has landed', () => stored(1));
    expect(suspected).toEqual([]);
  });

  it('of a read is the driver’s error', async () => {
    await expect(pool.query(timed(100, 'SELECT pg_sleep(0.6)'))).rejects.toThrow(TIMEOUT);
    await expect(
      pool.query(timed(100, 'SELECT pg_sleep(0.6), id FROM note WHERE id = $1', [1])),
    ).rejects.toThrow(TIMEOUT);
    expect(suspected).toEqual([]);
  });

  it('is honoured in a transaction, which is rolled back by it', async () => {
    const work = () => pool.query(late(2));
    const startedAtMs = performance.now();
    await expect(pool.transactions.run({}, work)).rejects.toThrow(TIMEOUT);
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
    expect(await stored(2)).toBe(false);
    expect(suspected).toEqual([]);
  });

  it('of a write on a client says so, too, and what the client is given next waits for it', async () => {
    const client = await pool.connect();
    await client.query("SET application_name = 'bound'");
    await expect(client.query(late(5))).rejects.toThrow(WriteOutcomeUnknownError);
    expect(await client.query('SELECT id FROM note WHERE id = 5')).toMatchObject({ rows: [{ id: 5 }] });
    await client.query('BEGIN');
    await expect(client.query(late(6))).rejects.toThrow(TIMEOUT);
    await client.query('ROLLBACK');
    client.release();
    expect([await stored(5), await stored(6)]).toEqual([true, false]);
    expect(suspected).toEqual([]);
  });

  it('in the URL, ever so short, says nothing of the nodes', async () => {
    const hasty = await startPool(cluster, { url: `${cluster.url('migrator')}?query_timeout=1` });
    const seen = suspicions(hasty);
    await untilAllFit(hasty, 1);
    await hasty.refreshTopology();
    expect(seen).toEqual([]);
    await hasty.end();
  });

  it('loses nothing that is acknowledged afterwards on the same connections', async () => {
    for (let round = 0; round < 6; round++) {
      const failing = pool.transactions.run({}, async () => {
        await pool.query('INSERT INTO note VALUES ($1)', [100 + round]);
        await pool.query(timed(50, 'SELECT pg_sleep(0.3) FROM note LIMIT 1'));
      });
      await expect(failing).rejects.toThrow(TIMEOUT);
      await Promise.all(
        [0, 1, 2].map((i) => pool.query('INSERT INTO note VALUES ($1)', [1000 + 10 * round + i])),
      );
      for (const i of [0, 1, 2]) expect(await stored(1000 + 10 * round + i)).toBe(true);
      expect(await stored(100 + round)).toBe(false);
    }
  });

  it('in the URL holds for every statement, and for none of the pool’s own', async () => {
    const hasty = await startPool(cluster, { url: `${cluster.url('migrator')}?query_timeout=150` });
    await untilAllFit(hasty, 1);
    const seen = suspicions(hasty);
    await expect(hasty.query(SLOW_INSERT, [3])).rejects.toThrow(WriteOutcomeUnknownError);
    await expect(hasty.query('SELECT pg_sleep(0.6)')).rejects.toThrow(TIMEOUT);
    await expect(hasty.transactions.run({}, () => hasty.query(SLOW_INSERT, [4]))).rejects.toThrow(TIMEOUT);
    const client = await hasty.connect();
    await expect(client.query('SELECT pg_sleep(0.6)')).rejects.toThrow(TIMEOUT);
    client.release();
    // Another client holds up a COMMIT for longer; the pool does not give up on it, because its outcome would
    // be unknown.
    await hasty.query('CREATE TABLE slowly (id int)');
    await hasty.query(
      'CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$',
    );
    await hasty.query(
      'CREATE CONSTRAINT TRIGGER late AFTER INSERT ON slowly DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle()',
    );
    await hasty.transactions.run({}, () => hasty.query('INSERT INTO slowly VALUES (1)'));
    expect((await cluster.primary.query('SELECT id FROM slowly')).rows).toEqual([{ id: 1 }]);
    await eventually('the first has landed', () => stored(3));
    expect(await stored(4)).toBe(false);
    expect(seen).toEqual([]);
    await hasty.end();
  });
});
