import type { PostgresCluster } from '@app/postgres-cluster';
import { RequestTimeoutError, type RoutedPool } from '../src';
import { systemClock } from '../src/clock';
import { RequestLimits } from '../src/execution/limits/request-limits';
import { eventually, startPool } from './support';
import { startCluster } from './test-cluster';

describe('a write that has not been sent when the time of its request is over', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster, { maxConnectionsPerNode: 1, failoverWaitMs: 20_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.refreshCatalog();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const late = (id: number) =>
    new RequestLimits(systemClock, 200).apply(() => pool.query('INSERT INTO note VALUES ($1)', [id]));
  const stored = async () => (await pool.query('SELECT id FROM note ORDER BY id')).rows;

  it('is not sent when a connection comes free', async () => {
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const holding = pool.transactions.run({}, async () => {
      await pool.query('SELECT 1');
      begun();
      await left;
    });
    await hasBegun;
    await expect(late(1)).rejects.toThrow(RequestTimeoutError);
    leave();
    await holding;
    await pool.query('INSERT INTO note VALUES (2)');
    expect(await stored()).toEqual([{ id: 2 }]);
  });

  it('is not sent when there is a primary again', async () => {
    await cluster.primary.stop();
    await eventually('it is missed', () => pool.topology.primary === undefined);
    await expect(late(3)).rejects.toThrow(RequestTimeoutError);
    await cluster.primary.start();
    await pool.query('INSERT INTO note VALUES (4)');
    expect(await stored()).toEqual([{ id: 2 }, { id: 4 }]);
  });
});
