import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import {
  type RoutedPool,
  type RoutedPoolOptions,
  runInTransaction,
  Session,
  type StatementReport,
  withReadConsistency,
} from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

/** A statement that takes this many seconds on the server at that address, and no time on the others. */
const SLOW_ON =
  "SELECT id, pg_sleep(CASE WHEN current_setting('port') = $1 THEN $2::float ELSE 0 END) FROM note WHERE id = $3";
const BY_ID = 'SELECT body FROM note WHERE id = $1';
const NO_PORT = '0';

describe('a hedged read', () => {
  let cluster: PostgresCluster;
  let victim: ClusterNode;
  let other: ClusterNode;
  let nextId = 1_000;
  const pools: RoutedPool[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ proxied: true });
    [victim, other] = cluster.replicas as [ClusterNode, ClusterNode];
    await cluster.primary.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
    await cluster.primary.query("INSERT INTO note SELECT n, 'note ' || n FROM generate_series(1, 100) AS n");
    await cluster.primary.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
  });

  afterEach(async () => {
    victim.thaw();
    for (const replica of cluster.replicas) {
      await replica.link.restore();
      await replica.resumeReplay();
    }
    await Promise.all(
      pools
        .splice(0)
        .filter((pool) => !pool.ending)
        .map((pool) => pool.end()),
    );
  });

  afterAll(() => cluster.stop());

  const slowOn = (pool: RoutedPool, { directPort }: ClusterNode, seconds: number) =>
    pool.query<{ id: number }>(SLOW_ON, [String(directPort), seconds, 7]);

  /**
   * A pool that knows how long its reads usually take, and probes too rarely to notice soon that a node does
   * not answer.
   */
  async function open(
    options: Partial<RoutedPoolOptions> = {},
  ): Promise<{ pool: RoutedPool; reports: StatementReport[] }> {
    const pool = await startPool(cluster, { probeIntervalMs: 5_000, maxStalenessMs: 60_000, ...options });
    pools.push(pool);
    await untilAllFit(pool);
    for (let n = 0; n < 60; n++) {
      await pool.query(SLOW_ON, [NO_PORT, 0, 7]);
      await pool.query(BY_ID, [7]);
    }
    const reports: StatementReport[] = [];
    pool.on('statement', (report) => reports.push(report));
    return { pool, reports };
  }

  const outcomesOf = (reports: readonly StatementReport[], node: ClusterNode, reason: string) =>
    reports
      .filter((report) => report.node === node.name && report.reason === reason)
      .map(({ outcome }) => outcome);

  const nothingInFlight = (pool: RoutedPool) =>
    pool.stats.every(({ open: all, idle, waiting, laneReads }) => all === idle && waiting + laneReads === 0);

  async function running(node: ClusterNode): Promise<number> {
    const { rows } = await node.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT id, pg_sleep%'",
    );
    return rows[0]?.n ?? -1;
  }

  it('is answered by the other replica while nobody knows yet that the first is frozen', async () => {
    const { pool, reports } = await open({ hedging: {} });
    victim.freeze();
    const trace = new RouteTrace();
    await eventually('a read was answered by a second node', async () => {
      const { rows } = await trace.record(() => pool.query<{ body: string }>(BY_ID, [7]));
      expect(rows).toEqual([{ body: 'note 7' }]);
      return outcomesOf(reports, other, 'hedge').includes('answered');
    });
    expect(pool.topology.fitReplicas).toHaveLength(2);
    await eventually('what the first was asked is reported', () =>
      outcomesOf(reports, victim, 'read').includes('cancelled'),
    );
    expect(trace.toString()).toMatch(
      new RegExp(
        `node=${victim.name};role=replica;reason=read;.*node=${other.name};role=replica;reason=hedge`,
      ),
    );
    victim.thaw();
    await eventually('nothing is in flight', () => nothingInFlight(pool));
  });

  it.each([
    ['on a shared connection', 4],
    ['on a connection of its own', 0],
  ])('is cancelled where it is not needed any more, %s', async (_, maxLanesPerNode) => {
    const { pool, reports } = await open({ hedging: {}, maxLanesPerNode });
    await eventually('a read was answered by a second node', async () => {
      expect((await slowOn(pool, victim, 20)).rows).toMatchObject([{ id: 7 }]);
      return outcomesOf(reports, other, 'hedge').includes('answered');
    });
    await eventually('nothing runs on the first', async () => (await running(victim)) === 0);
    await eventually('nothing is in flight', () => nothingInFlight(pool));
    expect(outcomesOf(reports, victim, 'read')).toContain('cancelled');
    expect(reports.filter(({ outcome }) => outcome !== 'answered' && outcome !== 'cancelled')).toEqual([]);
    // Neither node has become suspect.
    expect(pool.topology.fitReplicas).toHaveLength(2);
    expect((await pool.query(BY_ID, [7])).rows).toEqual([{ body: 'note 7' }]);
  });

  it('is a small share of all reads when everything is slow', async () => {
    const hedgesOf = async (maxShare: number): Promise<{ hedges: number; limit: number }> => {
      const startedAtMs = performance.now();
      // Half of the reads take longer than this percentile, so only the budget keeps them from being sent
      // twice.
      const { pool, reports } = await open({ hedging: { percentile: 0.5, maxShare } });
      for (const replica of cluster.replicas) replica.link.setLatencyMs(20);
      const READS = 400;
      for (let n = 0; n < READS; n += 20) {
        await Promise.all(Array.from({ length: 20 }, () => pool.query(BY_ID, [7])));
      }
      for (const replica of cluster.replicas) replica.link.setLatencyMs(0);
      const asked = reports.filter(({ reason }) => reason === 'hedge').length;
      // Ten hedges were saved up at the start, and one more per second was earned.
      return {
        hedges: asked,
        limit: 10 + (performance.now() - startedAtMs) / 1_000 + maxShare * (READS + 120),
      };
    };
    const bounded = await hedgesOf(0.05);
    expect(bounded.hedges).toBeGreaterThan(0);
    expect(bounded.hedges).toBeLessThanOrEqual(bounded.limit);
    expect((await hedgesOf(1)).hedges).toBeGreaterThan(bounded.limit);
  });

  it('is done by none that was not told to', async () => {
    const { pool, reports } = await open();
    await eventually('the slow one was waited for', async () => {
      await slowOn(pool, victim, 0.1);
      return outcomesOf(reports, victim, 'read').length > 0;
    });
    expect(reports.map(({ reason, outcome }) => `${reason} ${outcome}`)).toEqual(
      reports.map(() => 'read answered'),
    );
  });

  it('is never one on the primary, one that locks, or one in a transaction', async () => {
    const { pool, reports } = await open({ hedging: {} });
    const seconds = 0.05;
    await withReadConsistency('strong', () => slowOn(pool, cluster.primary, seconds));
    await pool.query(`${SLOW_ON} FOR UPDATE`, [String(cluster.primary.directPort), seconds, 7]);
    await runInTransaction({ manager: pool.transactions, readOnly: true }, async () => {
      await slowOn(pool, victim, seconds);
      await slowOn(pool, other, seconds);
    });
    expect(reports.filter(({ durationMs }) => durationMs > 40)).toHaveLength(3);
    expect(reports.filter(({ reason }) => reason === 'hedge')).toEqual([]);
  });

  it('does not go to the primary when there is one replica only', async () => {
    await other.stop();
    try {
      const pool = await startPool(cluster, { hedging: {} });
      pools.push(pool);
      await eventually('one replica serves', () => pool.topology.fitReplicas.length === 1);
      const reports: StatementReport[] = [];
      for (let n = 0; n < 40; n++) await slowOn(pool, victim, 0);
      pool.on('statement', (report) => reports.push(report));
      await slowOn(pool, victim, 0.1);
      expect(reports.map(({ role, reason }) => `${role} ${reason}`)).toEqual(['replica read']);
    } finally {
      await other.start();
    }
  });

  it('returns nothing older than its session has written, whoever answers first', async () => {
    const wasAskedSecond = async (): Promise<boolean> => {
      // A pool that has noticed the replica's lag does not ask it.
      const { pool, reports } = await open({ hedging: {} });
      await victim.pauseReplay();
      const id = nextId++;
      await new Session().run(async () => {
        await pool.query("INSERT INTO note VALUES ($1, 'new')", [id]);
        const before = Session.current()?.position;
        await cluster.waitForReplication({ replicas: [other] });
        // Long enough to be hedged even when reads take long on a busy machine.
        const { rows } = await pool.query(SLOW_ON, [String(other.directPort), 0.5, id]);
        expect(rows).toMatchObject([{ id }]);
        expect(before && Session.current()?.position?.log.has(before.log)).not.toBe(false);
      });
      await victim.resumeReplay();
      await cluster.waitForReplication();
      await pool.end();
      return outcomesOf(reports, victim, 'hedge').includes('stale');
    };
    await eventually('a replica that is behind was asked as the second', wasAskedSecond, 50_000);
  });
});
