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
  SELECT count(*)::int AS count,
         count(*) FILTER (WHERE backend_start < clock_timestamp() - interval '1 s')::int AS lasting
    FROM pg_stat_activity
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

  /** Loads the nodes until each has had `enough` connections, and has kept those of usual load. */
  async function peaksUnder(steps: readonly Step[], enough: number, usual: number): Promise<Peaks> {
    await using counts = await BackendCounts.of(cluster.nodes);
    const deadline = performance.now() + DEADLINE_MS;
    await load(
      steps,
      () => counts.rounds >= ROUNDS && (counts.have(enough, usual) || performance.now() > deadline),
    );
    return counts;
  }

  it.each([1, 2])(
    'of %s: as many as computed, and never more',
    async (count) => {
      const { usual, most } = connectionsPerNode();
      await start(count);
      const slow = Array.from({ length: 4 }, () => slowRead);
      const usualLoad = await peaksUnder(Object.values(STEPS), count * usual, count * usual);
      const blockedLoad = await peaksUnder(
        [...Object.values(STEPS), ...slow, cancelledRead],
        count * usual + 1,
        count * usual,
      );
      for (const peak of usualLoad.peaks) expect(peak).toBeGreaterThanOrEqual(count * usual);
      for (const peak of blockedLoad.peaks) expect(peak).toBeGreaterThan(count * usual);
      for (const { lastingPeaks } of [usualLoad, blockedLoad]) {
        for (const peak of lastingPeaks) expect(peak).toBeGreaterThanOrEqual(count * usual);
        for (const peak of lastingPeaks) expect(peak).toBeLessThanOrEqual(count * most);
      }
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
      const steps = [...Object.values(STEPS), ...slow, cancelledRead];
      const { peaks, lastingPeaks } = await peaksUnder(steps, 2 * usual, usual);
      for (const peak of peaks) expect(peak).toBeGreaterThanOrEqual(2 * usual);
      // Slow reads keep replacing lanes, so not all of them get that old.
      for (const peak of lastingPeaks) expect(peak).toBeGreaterThanOrEqual(usual);
      for (const peak of lastingPeaks) expect(peak).toBeLessThanOrEqual(2 * most);
      // Only the second monitor is beyond what one process alone may have.
      expect(2 * most).toBe(connectionsPerNode().most + 1);
    },
    2 * DEADLINE_MS,
  );
});

interface Peaks {
  /** The highest count of each node. */
  readonly peaks: readonly number[];
  /**
   * The same of connections that are older than a second: for moments there may be more, while a server
   * closes one that the pool has replaced, or the pool asks about a statement without an answer
   * (connectionsPerNode()).
   */
  readonly lastingPeaks: readonly number[];
}

/** Counts the client backends of each node, again and again. */
class BackendCounts implements AsyncDisposable, Peaks {
  readonly peaks: number[];
  readonly lastingPeaks: number[];
  /** How often the node that was counted least has been counted. */
  get rounds(): number {
    return Math.min(...this.#rounds);
  }
  readonly #rounds: number[];
  readonly #counting: Promise<unknown>;
  #isOver = false;

  private constructor(private readonly clients: readonly Client[]) {
    this.peaks = clients.map(() => 0);
    this.lastingPeaks = clients.map(() => 0);
    this.#rounds = clients.map(() => 0);
    this.#counting = Promise.all(clients.map((client, at) => this.#count(client, at)));
  }

  static async of(nodes: readonly ClusterNode[]): Promise<BackendCounts> {
    const clients = nodes.map((node) => new Client({ connectionString: node.url('monitor') }));
    await Promise.all(clients.map((client) => client.connect()));
    return new BackendCounts(clients);
  }

  /** Whether each node has had so many connections, and so many of more than a second. */
  have(count: number, lasting: number): boolean {
    return Math.min(...this.peaks) >= count && Math.min(...this.lastingPeaks) >= lasting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#counting;
    await Promise.all(this.clients.map((client) => client.end()));
  }

  async #count(client: Client, at: number): Promise<void> {
    while (!this.#isOver) {
      const { rows } = await client.query<{ count: number; lasting: number }>(COUNT);
      const { count = 0, lasting = 0 } = rows[0] ?? {};
      this.peaks[at] = Math.max(this.peaks[at] ?? 0, count);
      this.lastingPeaks[at] = Math.max(this.lastingPeaks[at] ?? 0, lasting);
      this.#rounds[at] = (this.#rounds[at] ?? 0) + 1;
    }
  }
}
