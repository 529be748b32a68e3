import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

describe('a query runner of TypeORM, by hand, is one session of the server', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let dataSource: RoutedDataSource;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    dataSource = new RoutedDataSource(routedDataSourceOptions(pool, { entities: [] }));
    await dataSource.initialize();
    await pool.query('CREATE TABLE ticket (id serial PRIMARY KEY)');
    await cluster.primary.query('CREATE ROLE teller');
    await cluster.primary.query(`GRANT teller TO ${cluster.credentials('migrator').user}`);
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await pool.end();
    await cluster.stop();
  });

  it.each([
    ['a role', 'SET ROLE teller', 'SELECT current_user AS found', 'teller'],
    [
      'a search path',
      'SET search_path = pg_catalog',
      "SELECT current_setting('search_path') AS found",
      'pg_catalog',
    ],
    ['a temporary table', 'CREATE TEMP TABLE basket AS SELECT 7 AS n', 'SELECT n AS found FROM basket', 7],
    [
      'a number of a sequence',
      'INSERT INTO ticket DEFAULT VALUES',
      "SELECT currval('ticket_id_seq')::int AS found",
      expect.any(Number) as number,
    ],
    [
      'an advisory lock',
      'SELECT pg_advisory_lock(79)',
      "SELECT count(*)::int AS found FROM pg_locks WHERE locktype = 'advisory' AND objid = 79",
      1,
    ],
  ])('keeps %s after the transaction that made it', async (_, make, ask, found) => {
    const runner = dataSource.createQueryRunner();
    await runner.connect();
    await runner.startTransaction();
    await runner.query(make);
    await runner.commitTransaction();
    expect(await runner.query(ask)).toEqual([{ found }]);
    await runner.release();
  });
});
