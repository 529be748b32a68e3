import type { PostgresCluster } from '@app/postgres-cluster';
import { DataSource } from 'typeorm';
import { type RoutedPool, runInTransaction } from '../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

/** Places an order: claims a key, takes the stock, and writes the rows. */
const PLACING = [
  "INSERT INTO key VALUES ('k' || floor(random() * 1e9)) ON CONFLICT DO NOTHING",
  "UPDATE stock SET n = n - 1 WHERE sku = 'a' AND n > 0 RETURNING n",
  "WITH o AS (INSERT INTO placed VALUES (DEFAULT, 'a') RETURNING id) SELECT id FROM o",
];

describe('round trips, counted at the wire', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, proxied: true });
    // Probes would be counted too, so none may run during this test.
    pool = await startPool(cluster, { probeIntervalMs: 600_000, maxStalenessMs: 1_200_000 });
    await pool.query('CREATE TABLE key (k text PRIMARY KEY)');
    await pool.query('CREATE TABLE placed (id serial PRIMARY KEY, sku text)');
    await pool.query('CREATE TABLE stock (sku text PRIMARY KEY, n int)');
    await pool.query("INSERT INTO stock VALUES ('a', 1000)");
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  async function countRoundTrips(work: () => Promise<unknown>): Promise<number> {
    // The first run opens the connections.
    await work();
    const before = cluster.primary.link.counters.roundTrips;
    await work();
    return cluster.primary.link.counters.roundTrips - before;
  }

  const inTurn = async (statements: string[]) => {
    for (const statement of statements) await pool.query(statement);
  };

  it.each([0, 1, 2, 5])('a transaction of %i statements costs one more, an empty one none', async (n) => {
    const statements = Array.from({ length: n }, () => "UPDATE stock SET n = n WHERE sku = 'a'");
    expect(await countRoundTrips(() => runInTransaction(() => inTurn(statements)))).toBe(n === 0 ? 0 : n + 1);
  });

  it('one that is rolled back costs as much', async () => {
    const work = () =>
      runInTransaction(async () => {
        await inTurn(PLACING);
        throw new Error('undo');
      }).catch(() => undefined);
    expect(await countRoundTrips(work)).toBe(PLACING.length + 1);
  });

  it('statements in parallel share one', async () => {
    const work = () => runInTransaction(() => Promise.all(PLACING.map((statement) => pool.query(statement))));
    expect(await countRoundTrips(work)).toBe(2);
  });

  it('statements in parallel share one, also when the first of them is kept prepared', async () => {
    const take = () => pool.query('UPDATE stock SET n = n WHERE sku = $1', ['a']);
    const work = () => runInTransaction(() => Promise.all([take(), take(), take()]));
    for (let use = 0; use < 10; use += 1) await runInTransaction(take);
    expect(await countRoundTrips(work)).toBe(2);
    expect(await countRoundTrips(() => runInTransaction(take))).toBe(2);

    const client = await pool.connect();
    const onClient = () => client.query('UPDATE stock SET n = n WHERE sku = $1', ['a']);
    for (let use = 0; use < 10; use += 1) await onClient();
    expect(await countRoundTrips(() => Promise.all([onClient(), onClient(), onClient()]))).toBe(1);
    client.release();
  });

  it('savepoints are free, kept or rolled back', async () => {
    const work = () =>
      runInTransaction(async () => {
        await runInTransaction({ propagation: 'NESTED' }, () => inTurn(PLACING.slice(0, 1)));
        await runInTransaction({ propagation: 'NESTED' }, async () => {
          await inTurn(PLACING.slice(1, 2));
          throw new Error('undo');
        }).catch(() => undefined);
        await runInTransaction({ propagation: 'NESTED' }, async () => undefined);
        await inTurn(PLACING.slice(2));
      });
    expect(await countRoundTrips(work)).toBe(PLACING.length + 1);
  });

  it('placing an order costs at most 4; plain TypeORM needs more for the same', async () => {
    const routed = await new RoutedDataSource(routedDataSourceOptions(pool, {})).initialize();
    const plain = await new DataSource({ type: 'postgres', url: cluster.url('migrator') }).initialize();
    const place = (dataSource: DataSource) =>
      dataSource.transaction(async (manager) => {
        for (const statement of PLACING) await manager.query(statement);
      });
    const ours = await countRoundTrips(() => place(routed));
    const theirs = await countRoundTrips(() => place(plain));
    await routed.destroy();
    await plain.destroy();
    process.stdout.write(`round trips to place an order: ${ours} here, ${theirs} with plain TypeORM\n`);
    expect(ours).toBeLessThanOrEqual(4);
    expect(ours).toBeLessThan(theirs);
  });
});
