import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, Session, withReadConsistency } from '../src';
import { eventually, startPool } from './support';
import { startCluster } from './test-cluster';

const ANSWER_BYTES = 1_500_000;
const BYTES_PER_SECOND = 2_000_000;

describe('a session that does several things at once', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, proxied: true });
    pool = await startPool(cluster, { probeIntervalMs: 1_000, maxStalenessMs: 60_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.refreshCatalog();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('keeps what it wrote when an older answer of the primary arrives after it', async () => {
    const session = new Session();
    await session.run(() => pool.query('INSERT INTO note VALUES (1)'));
    const bytesToClient = () => cluster.primary.link.counters.bytesToClient;
    const before = bytesToClient();
    cluster.primary.link.setBytesPerSecond(BYTES_PER_SECOND);
    await session.run(async () => {
      // The server reports its position as soon as it has sent the rows, which take most of a second.
      const large = withReadConsistency('strong', () =>
        pool.query<{ text: string }>('SELECT repeat($1, $2::int) AS text', ['x', ANSWER_BYTES]),
      );
      // Until it is on its way; a later statement does not queue behind it.
      await eventually('the answer to be under way', () => bytesToClient() > before + ANSWER_BYTES);
      cluster.primary.link.setBytesPerSecond(undefined);
      let isAnswered = false;
      void large.finally(() => (isAnswered = true));
      await pool.query('INSERT INTO note VALUES (2)');
      expect(isAnswered).toBe(false);
      const written = session.position;
      const { rows } = await large;
      expect(rows[0]?.text).toHaveLength(ANSWER_BYTES);
      expect(session.position).toEqual(written);
    });
  });
});
