import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

describe('statements of a transaction, given one behind the other', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster, { statementTimeoutMs: 1_000 });
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('have the time that one may take each, not all of them together', async () => {
    const states: string[] = [];
    pool.on('nodeChange', ({ now }) => states.push(`${now?.state}: ${now?.reason}`));
    // The last answer comes after 2.4 s, long after the pool would have given up on a single unanswered
    // statement.
    const sleep = () => pool.query('SELECT pg_sleep(0.6)');
    await runInTransaction({ manager: pool.transactions }, () =>
      Promise.all([sleep(), sleep(), sleep(), sleep()]),
    );
    expect(states).toEqual([]);
  });
});
