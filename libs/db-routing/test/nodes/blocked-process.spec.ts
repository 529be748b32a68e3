import type { PostgresCluster } from '@app/postgres-cluster';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

const PROBE_INTERVAL_MS = 200;

describe('a process whose event loop is blocked again and again', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => (cluster = await startCluster({ replicas: 0 })));
  afterAll(() => cluster.stop());

  it('does not take a healthy node for one that does not answer, even while it connects to probe it', async () => {
    const pool = await startPool(cluster, { probeIntervalMs: PROBE_INTERVAL_MS });
    const reasons = new Set<string>();
    for (let turn = 0; turn < 30; turn++) {
      // A connection takes several round trips, so several turns of the blocked event loop.
      if (turn % 10 === 0) await endProbes(cluster);
      block(PROBE_INTERVAL_MS * 1.2);
      await new Promise((resolve) => setImmediate(resolve));
      for (const { state, reason } of pool.topology.nodes) if (state !== 'up') reasons.add(reason);
    }
    await pool.end();
    expect([...reasons].filter((reason) => reason.includes('no answer'))).toEqual([]);
  });
});

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function endProbes(cluster: PostgresCluster): Promise<void> {
  await cluster.primary.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%(monitor)'`,
  );
}
