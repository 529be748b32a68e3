import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

describe('the session of a pool, when the primary is lost with writes that no replica has received', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeEach(async () => {
    cluster = await startCluster();
    pool = await startPool(cluster, { maxStalenessMs: 60_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.refreshCatalog();
    await cluster.waitForReplication();
    await untilAllFit(pool);
  });
  afterEach(async () => {
    await pool.end();
    await cluster.stop();
  });

  const read = () => pool.query('SELECT count(*) FROM note');
  const WAYS: Record<string, () => Promise<unknown>> = {
    'single reads': read,
    'read-only transactions': () => runInTransaction({ manager: pool.transactions, readOnly: true }, read),
  };

  it.each(Object.keys(WAYS))('goes on from where the new primary is: %s', async (way) => {
    const [next, other] = cluster.replicas;
    await Promise.all(cluster.replicas.map((replica) => replica.stop('immediate')));
    await pool.query('INSERT INTO note SELECT generate_series(1, 10000)');
    await cluster.primary.kill();
    await Promise.all(cluster.replicas.map((replica) => replica.start()));
    await next?.promote();
    if (next) await other?.follow(next);
    await eventually('the new primary and its replica are known', () => {
      const { primary, fitReplicas } = pool.topology;
      return primary?.address.name === next?.name && fitReplicas.length === 1;
    });
    await eventually('replicas serve its reads again', async () => {
      const trace = new RouteTrace();
      await trace.record(() => WAYS[way]?.() ?? Promise.resolve());
      return trace.entries.at(-1)?.node === other?.name;
    });
  });
});
