import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction, Session } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const WRITES = 20;

describe('a role that commits asynchronously', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let flushing: RoutedPool;

  beforeAll(async () => {
    // The log is flushed late, so that acknowledged commits are not flushed yet.
    cluster = await startCluster({ replicas: 1, settings: { wal_writer_delay: '500ms' } });
    flushing = await startPool(cluster, { maxStalenessMs: 60_000 });
    await flushing.query('CREATE TABLE counter (n int)');
    await flushing.query('INSERT INTO counter VALUES (-1)');
    await cluster.primary.query(
      `ALTER ROLE ${cluster.credentials('migrator').user} SET synchronous_commit = off`,
    );
    await cluster.waitForReplication();
    pool = await startPool(cluster, { maxStalenessMs: 60_000 });
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await Promise.all([pool.end(), flushing.end()]);
    await cluster.stop();
  });

  const write = (n: number) => pool.query('UPDATE counter SET n = $1', [n]);
  const read = async (on: RoutedPool) => (await on.query<{ n: number }>('SELECT n FROM counter')).rows[0]?.n;

  it.each([
    ['alone', write],
    ['in a transaction', (n: number) => runInTransaction({ manager: pool.transactions }, () => write(n))],
  ])('reads what its session wrote: %s', async (_, writeIt) => {
    for (let n = 0; n < WRITES; n++) {
      const seen = await new Session().run(async () => {
        await writeIt(n);
        return read(pool);
      });
      expect(seen).toBe(n);
    }
  });

  it('gives no position that the primary refuses when another role asks it', async () => {
    const session = new Session();
    for (let n = 0; n < WRITES; n++) {
      await session.run(() => write(n));
      expect(await session.run(() => read(flushing))).toBe(n);
    }
    expect(session.wasAhead).toBe(false);
  });

  it.each([
    ['a client sets it', 'SET synchronous_commit = off', ''],
    ['a client sets it for its transaction', 'BEGIN', 'SET LOCAL synchronous_commit = off'],
  ])('is read by code in no session that has not asked for the position: %s', async (_, first, second) => {
    for (let n = 0; n < WRITES; n++) {
      // In a run of writes, the position is asked for by the read that ends it, on another connection.
      for (let more = 0; more < 10; more++) await flushing.query('UPDATE counter SET n = -1');
      await cluster.waitForReplication();
      const client = await flushing.connect();
      await client.query(first);
      if (second) await client.query(second);
      await client.query('UPDATE counter SET n = $1', [n]);
      if (second) await client.query('COMMIT');
      client.release();
      expect(await read(flushing)).toBe(n);
    }
  });
});
