import { runInTransaction, Session } from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a replica that falls silent while it is asked what it has', () => {
  it('costs a read-only transaction neither its result nor the pool a connection', async () => {
    const cluster = await startCluster({ replicas: 1, proxied: true });
    const pool = await startPool(cluster);
    const readOnly = () =>
      runInTransaction({ manager: pool.transactions, readOnly: true }, () => pool.query('SELECT 1 AS one'));
    try {
      await untilAllFit(pool, 1);
      await readOnly();
      const session = new Session();
      await session.run(() => pool.query('CREATE TABLE note (id int)'));
      await cluster.waitForReplication();
      cluster.replicas[0]?.link.cut();
      const trace = new RouteTrace();
      const { rows } = await trace.record(() => session.run(readOnly));
      expect(rows).toEqual([{ one: 1 }]);
      expect(trace.entries.at(-1)?.role).toBe('primary');
      const replica = pool.stats.find(({ node }) => node === cluster.replicas[0]?.name);
      expect(replica).toMatchObject({ open: 0, waiting: 0 });
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });
});
