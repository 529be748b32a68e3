import type { PostgresCluster } from '@app/postgres-cluster';
import { PoolExhaustedError, type RoutedPool, type RoutedPoolOptions } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

const BY_ID = 'SELECT id, label FROM item WHERE id = $1';
const SLEEP = 'SELECT pg_sleep($1), $2::int AS n';

/** Statements that take far longer one after the other than side by side on the available connections. */
describe('a burst of slow reads', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE item (id int PRIMARY KEY, label text)');
    await cluster.primary.query("INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 100) AS i");
    await cluster.primary.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
  });

  afterEach(() => pool.end());

  afterAll(() => cluster.stop());

  /** Warms the lanes up with quick reads, as in a service that has been running for a while. */
  async function start(options: Partial<RoutedPoolOptions> = {}): Promise<void> {
    pool = await startPool(cluster, options);
    await untilAllFit(pool);
    for (let i = 0; i < 100; i++) await pool.query(BY_ID, [i]);
  }

  /** Resolves with how long all reads took, in milliseconds. */
  async function burst(count: number, seconds: number, textOf = (_: number) => SLEEP): Promise<number> {
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: count }, (_, n) => pool.query(textOf(n), [seconds, n])),
    );
    expect(answers.map(({ rows }) => (rows[0] as { n: number }).n)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    );
    return performance.now() - startedAt;
  }

  it('is over in the time that the connections need, the first time and again', async () => {
    await start();
    for (let round = 0; round < 3; round++) expect(await burst(40, 0.3)).toBeLessThan(2500);
  });

  it('is not refused for its length', async () => {
    await start();
    expect(await burst(100, 1)).toBeLessThan(12_000);
  });

  it('may be of different statements', async () => {
    await start();
    expect(await burst(40, 0.3, (n) => `${SLEEP} /* ${n} */`)).toBeLessThan(2500);
  });

  it('may come to a pool whose reads share nothing', async () => {
    await start({ maxLanesPerNode: 0 });
    expect(await burst(100, 0.3)).toBeLessThan(4000);
  });

  it('holds up quick reads for a moment only', async () => {
    await start();
    const slow = { isOver: false };
    const over = burst(40, 0.5).finally(() => (slow.isOver = true));
    let quick = 0;
    for (; !slow.isOver; quick++) await pool.query(BY_ID, [1]);
    await over;
    // If each waited behind a slow one, there would be only a handful.
    expect(quick).toBeGreaterThan(100);
  });

  it('leaves connections for writes', async () => {
    await start({ maxConnectionsPerNode: 2, readQueueWaitMs: 20_000 });
    const reads = Promise.all(
      Array.from({ length: 30 }, (_, n) => pool.query(`/*+ route(primary) */ ${SLEEP}`, [0.3, n])),
    );
    await eventually('reads wait for the primary', () => pool.stats.some(({ waiting }) => waiting > 10));
    await pool.query('UPDATE item SET label = label WHERE id = 1');
    expect(pool.stats.some(({ waiting }) => waiting > 5)).toBe(true);
    await reads;
  });

  it('is refused where it would wait longer than it may', async () => {
    await start({ maxConnectionsPerNode: 1, readQueueWaitMs: 500 });
    const startedAt = performance.now();
    const settled = await Promise.allSettled(
      Array.from({ length: 30 }, (_, n) => pool.query(SLEEP, [0.3, n])),
    );
    const refused = settled.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThan(10);
    for (const { reason } of refused) expect(reason).toBeInstanceOf(PoolExhaustedError);
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  it('is cancelled where it waits and where it runs', async () => {
    await start({ maxConnectionsPerNode: 1 });
    const settled = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => {
        const input = { text: SLEEP, values: [30, n], query_timeout: 300 };
        return pool.query(input);
      }),
    );
    for (const one of settled) expect(one).toMatchObject({ reason: { message: 'Query read timeout' } });
    expect(await burst(2, 0.1)).toBeLessThan(5000);
  });
});
