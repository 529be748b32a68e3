import type { PostgresCluster } from '@app/postgres-cluster';
import { RouteTrace } from '../src/routing/route-trace';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('the choice among fit replicas', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await startCluster();
    const pool = await startPool(cluster);
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.end();
    await cluster.waitForReplication();
  });

  afterAll(() => cluster.stop());

  it.each(['round-robin', 'random', 'least-loaded', 'weighted', 'two-choices'] as const)(
    'spreads reads by the balancer %s',
    async (balancer) => {
      const balanced = await startPool(cluster, { balancer });
      await untilAllFit(balanced);
      const trace = new RouteTrace();
      await trace.record(() =>
        Promise.all(Array.from({ length: 60 }, () => balanced.query('SELECT 1 FROM note'))),
      );
      expect(new Set(trace.entries.map((entry) => entry.node)).size).toBe(2);
      await balanced.end();
    },
  );

  it('takes a balancer of one’s own', async () => {
    const chosen = cluster.replicas[1]!.name;
    const own = await startPool(cluster, {
      balancer: (candidates) => candidates.find((node) => node.address.name === chosen) ?? candidates[0]!,
    });
    await untilAllFit(own);
    const trace = new RouteTrace();
    await trace.record(() => Promise.all(Array.from({ length: 20 }, () => own.query('SELECT 1 FROM note'))));
    expect(new Set(trace.entries.map((entry) => entry.node))).toEqual(new Set([chosen]));
    await own.end();
  });

  it('refuses an unknown balancer and an unknown discovery, naming what there is', async () => {
    await expect(startPool(cluster, { balancer: 'best' as never })).rejects.toThrow(
      "balancer is 'best': must be one of two-choices, round-robin, random, least-loaded, weighted, or a function",
    );
    await expect(startPool(cluster, { discovery: 'magic' as never })).rejects.toThrow(
      "discovery is 'magic': must be one of static, dns, srv",
    );
  });
});
