import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { Client } from 'pg';
import { connectionsPerNode, type RoutedPool, Session } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const LOAD_MS = 3_000;
const WORKERS = 15;
/** Where reads run: on the primary, or on the replicas. */
const ROUTES = ['/*+ route(primary) */', ''];

/** What many requests do at the same time, again and again: each entry is one step of one worker. */
const STEPS: Readonly<Record<string, (pool: RoutedPool, n: number) => Promise<unknown>>> = {
  quickRead: (pool, n) =>
    Promise.all(ROUTES.map((route) => pool.query(`${route} SELECT label FROM item WHERE id = $1`, [n]))),
  // Takes long enough for the pool to spread such reads over all lanes.
  spreadRead: (pool) => Promise.all(ROUTES.map((route) => pool.query(`${route} SELECT pg_sleep(0.003)`))),
  transaction: (pool, n) =>
    pool.transactions.run({}, async () => {
      await pool.query('UPDATE item SET label = label WHERE id = $1', [n]);
      await pool.query('SELECT pg_sleep(0.05)');
    }),
  readOnlyTransaction: (pool) =>
    pool.transactions.run({ readOnly: true }, () => pool.query('SELECT pg_sleep(0.05)')),
  session: (pool, n) =>
    new Session().run(async () => {
      await pool.query('UPDATE item SET label = label WHERE id = $1', [n]);
      await pool.query('SELECT label FROM item WHERE id = $1', [n]);
    }),
  catalog: (pool) => pool.refreshCatalog(),
};

/** Each text is new, so the pool cannot know that it is slow: it blocks a lane. */
const slowRead = (pool: RoutedPool, n: number) =>
  Promise.all(ROUTES.map((route) => pool.query(`${route} SELECT pg_sleep(0.3) /* ${n} ${Math.random()} */`)));

const cancelledRead = (pool: RoutedPool) =>
  Promise.all(
    ROUTES.map((route) => {
      const input = { text: `${route} SELECT pg_sleep(30) /* ${Math.random()} */`, query_timeout: 100 };
      return expect(pool.query(input)).rejects.toThrow('Query read timeout');
    }),
  );

describe('the connections that pools open to each node under load', () => {
  let cluster: PostgresCluster;
  let pools: RoutedPool[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE item (id int PRIMARY KEY, label text)');
    await cluster.primary.query("INSERT INTO item SELECT i, 'item ' || i FROM generate_series(0, 100) AS i");
    await cluster.primary.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
  });

  afterEach(async () => {
    await Promise.all(pools.map((pool) => pool.end()));
  });

  afterAll(() => cluster.stop());

  const start = async (count: number) => {
    const options = { probeIntervalMs: 100, catalogRefreshMs: 200, maxStalenessMs: 3_000 };
    pools = await Promise.all(Array.from({ length: count }, () => startPool(cluster, options)));
    await Promise.all(pools.map((pool) => untilAllFit(pool)));
  };

  async function load(steps: readonly ((pool: RoutedPool, n: number) => Promise<unknown>)[]): Promise<void> {
    const untilMs = performance.now() + LOAD_MS;
    const work = async (pool: RoutedPool, step: (typeof steps)[number], n: number) => {
      while (performance.now() < untilMs) await step(pool, n);
    };
    await Promise.all(
      pools.flatMap((pool) =>
        steps.flatMap((step) => Array.from({ length: WORKERS }, (_, n) => work(pool, step, n))),
      ),
    );
  }

  it.each([1, 2])(
    'of %s: nearly as many as computed, and never more',
    async (count) => {
      const { usual, most } = connectionsPerNode();
      await start(count);
      const peaks = await peaksDuring(cluster.nodes, () => load(Object.values(STEPS)));
      for (const peak of peaks) {
        // A node whose lanes keep up may do with one fewer.
        expect(peak).toBeGreaterThanOrEqual(count * (usual - 1));
        expect(peak).toBeLessThanOrEqual(count * most);
      }
      const slow = Array.from({ length: 4 }, () => slowRead);
      const blocked = await peaksDuring(cluster.nodes, () =>
        load([...Object.values(STEPS), ...slow, cancelledRead]),
      );
      expect(Math.max(...blocked)).toBeGreaterThan(count * usual);
      for (const peak of blocked) expect(peak).toBeLessThanOrEqual(count * most);
    },
    60_000,
  );
});

/** Counts the client backends of each node, again and again, and returns the highest count of each. */
async function peaksDuring(nodes: readonly ClusterNode[], act: () => Promise<void>): Promise<number[]> {
  let isOver = false;
  const peaks = nodes.map(async (node) => {
    const client = new Client({ connectionString: node.url('monitor') });
    await client.connect();
    let peak = 0;
    while (!isOver) {
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::int AS count FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
      );
      peak = Math.max(peak, rows[0]?.count ?? 0);
    }
    await client.end();
    return peak;
  });
  await act().finally(() => (isOver = true));
  return Promise.all(peaks);
}
