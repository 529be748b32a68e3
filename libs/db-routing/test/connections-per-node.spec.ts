import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { Client } from 'pg';
import { connectionsPerNode, type RoutedPool, Session } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

/** Each load lasts until the nodes have been counted this often, and the expected number has been reached. */
const ROUNDS = 200;
const DEADLINE_MS = 30_000;
const WORKERS = 15;
const COUNT = `
  SELECT count(*)::int AS count FROM pg_stat_activity
   WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
/** Where reads run: on the primary, or on the replicas. */
const ROUTES = ['/*+ route(primary) */', ''];

type Step = (pool: RoutedPool, n: number) => Promise<unknown>;

/** What many requests do at the same time, again and again: each entry is one step of one worker. */
const STEPS: Readonly<Record<string, Step>> = {
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

  const start = async (count: number, limits: { processes?: number } = {}) => {
    const options = {
      ...limits,
      catalogRefreshMs: 200,
      // A busy machine must neither end the load nor put a node in doubt: the test is not about waits.
      probeIntervalMs: 2_000,
      maxStalenessMs: 60_000,
      failoverWaitMs: 60_000,
      acquireTimeoutMs: 60_000,
      readQueueWaitMs: 60_000,
      transactionTimeoutMs: 60_000,
    };
    pools = await Promise.all(Array.from({ length: count }, () => startPool(cluster, options)));
    await Promise.all(pools.map((pool) => untilAllFit(pool)));
  };

  /** Keeps the pools busy until `isOver`, and resolves when all of it has ended. */
  async function load(steps: readonly Step[], isOver: () => boolean): Promise<void> {
    const work = async (pool: RoutedPool, step: Step, n: number) => {
      while (!isOver()) await step(pool, n);
    };
    await Promise.all(
      pools.flatMap((pool) =>
        steps.flatMap((step) => Array.from({ length: WORKERS }, (_, n) => work(pool, step, n))),
      ),
    );
  }

  /** Loads the nodes until each has had `enough` connections; returns the highest number of each. */
  async function peaksUnder(steps: readonly Step[], enough: number): Promise<readonly number[]> {
    await using counts = await BackendCounts.of(cluster.nodes);
    const deadline = performance.now() + DEADLINE_MS;
    await load(
      steps,
      () => counts.rounds >= ROUNDS && (Math.min(...counts.peaks) >= enough || performance.now() > deadline),
    );
    return counts.peaks;
  }

  it.each([1, 2])(
    'of %s: as many as computed, and never more',
    async (count) => {
      const { usual, most } = connectionsPerNode();
      await start(count);
      const slow = Array.from({ length: 4 }, () => slowRead);
      const usualPeaks = await peaksUnder(Object.values(STEPS), count * usual);
      const blockedPeaks = await peaksUnder(
        [...Object.values(STEPS), ...slow, cancelledRead],
        count * usual + 1,
      );
      for (const peak of usualPeaks) expect(peak).toBeGreaterThanOrEqual(count * usual);
      for (const peak of blockedPeaks) expect(peak).toBeGreaterThan(count * usual);
      for (const peak of [...usualPeaks, ...blockedPeaks]) expect(peak).toBeLessThanOrEqual(count * most);
    },
    4 * DEADLINE_MS,
  );

  it(
    'of two that share the limits: never more than one may open',
    async () => {
      const limits = { processes: 2 };
      const { usual, most } = connectionsPerNode(limits);
      await start(2, limits);
      const slow = Array.from({ length: 4 }, () => slowRead);
      const peaks = await peaksUnder([...Object.values(STEPS), ...slow, cancelledRead], 2 * usual);
      for (const peak of peaks) expect(peak).toBeGreaterThanOrEqual(2 * usual);
      for (const peak of peaks) expect(peak).toBeLessThanOrEqual(2 * most);
      // Only the second monitor is beyond what one process alone may have.
      expect(2 * most).toBe(connectionsPerNode().most + 1);
    },
    2 * DEADLINE_MS,
  );
});

/** Counts the client backends of each node, again and again. */
class BackendCounts implements AsyncDisposable {
  /** The highest count of each node. */
  readonly peaks: number[];
  /** How often the node that was counted least has been counted. */
  get rounds(): number {
    return Math.min(...this.#rounds);
  }
  readonly #rounds: number[];
  readonly #counting: Promise<unknown>;
  #isOver = false;

  private constructor(private readonly clients: readonly Client[]) {
    this.peaks = clients.map(() => 0);
    this.#rounds = clients.map(() => 0);
    this.#counting = Promise.all(clients.map((client, at) => this.#count(client, at)));
  }

  static async of(nodes: readonly ClusterNode[]): Promise<BackendCounts> {
    const clients = nodes.map((node) => new Client({ connectionString: node.url('monitor') }));
    await Promise.all(clients.map((client) => client.connect()));
    return new BackendCounts(clients);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#counting;
    await Promise.all(this.clients.map((client) => client.end()));
  }

  async #count(client: Client, at: number): Promise<void> {
    while (!this.#isOver) {
      const { rows } = await client.query<{ count: number }>(COUNT);
      this.peaks[at] = Math.max(this.peaks[at] ?? 0, rows[0]?.count ?? 0);
      this.#rounds[at] = (this.#rounds[at] ?? 0) + 1;
    }
  }
}
