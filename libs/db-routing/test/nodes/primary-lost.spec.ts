import type { PostgresCluster } from '@app/postgres-cluster';
import {
  bounded,
  NoFitNodeError,
  NoPrimaryError,
  RequestTimeoutError,
  type RoutedPool,
  Session,
  withReadConsistency,
} from '../../src';
import { systemClock } from '../../src/clock';
import { RequestLimits } from '../../src/execution/limits/request-limits';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';
import { reads, servedBy, statusOf } from './support';
import { startCluster } from '../test-cluster';

const HOUR_MS = 3_600_000;

describe('a cluster without a primary', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeEach(async () => {
    cluster = await startCluster();
    await cluster.primary.query('CREATE TABLE note (id int PRIMARY KEY); ALTER TABLE note OWNER TO migrator');
    await cluster.primary.query('INSERT INTO note VALUES (0)');
    await cluster.waitForReplication();
  });

  afterEach(async () => {
    await pool.end();
    await cluster.stop();
  });

  /** Kills the primary, and leaves no connection that a write could get lost on. */
  const losePrimary = async () => {
    const { primary } = cluster;
    await primary.kill();
    await eventually('no connection is left', () =>
      pool.stats.every(({ node, open }) => node !== primary.name || open === 0),
    );
  };
  const reasonsOf = async (work: () => Promise<unknown>) => {
    const trace = new RouteTrace();
    await trace.record(work);
    return [...new Set(trace.entries.map(({ node, reason }) => `${node} ${reason}`))];
  };

  it('holds the first write like those after it: a transaction, a statement, one after the other', async () => {
    pool = await startPool(cluster, { failoverWaitMs: 20_000 });
    const [next] = cluster.replicas;
    await pool.query('INSERT INTO note VALUES (1)');
    await cluster.waitForReplication();
    await losePrimary();
    // Before any probe can notice.
    const writes = [
      pool.query('INSERT INTO note VALUES (2)'),
      pool.transactions.run({}, () => pool.query('INSERT INTO note VALUES (3)')),
    ];
    const promoted = eventually('the loss is noticed', () => pool.topology.primary === undefined).then(() =>
      next!.promote(),
    );
    await Promise.all([...writes, promoted]);
    expect((await next!.query('SELECT id FROM note ORDER BY id')).rows.map(({ id }) => id as number)).toEqual(
      [0, 1, 2, 3],
    );
  });

  it('refuses the first write only when its time is over', async () => {
    pool = await startPool(cluster, { failoverWaitMs: 1500 });
    await pool.query('INSERT INTO note VALUES (1)');
    await losePrimary();
    const startedAt = performance.now();
    await expect(pool.query('INSERT INTO note VALUES (2)')).rejects.toThrow(NoPrimaryError);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1490);
  });

  it('tells the first write whose request is over that nothing was done', async () => {
    pool = await startPool(cluster, { failoverWaitMs: 4_000 });
    await pool.query('INSERT INTO note VALUES (1)');
    await losePrimary();
    const limits = new RequestLimits(systemClock, 1000);
    await expect(limits.apply(() => pool.query('INSERT INTO note VALUES (2)'))).rejects.toThrow(
      RequestTimeoutError,
    );
  });

  it('reads from the freshest replica, and from one that is far behind by design only when it is the last', async () => {
    pool = await startPool(cluster, { maxStalenessMs: 1000 });
    await untilAllFit(pool);
    const [fresh, old] = cluster.replicas;
    await old!.setApplyDelay(HOUR_MS);
    const stopAt = performance.now() + 30_000;
    // Until the monitor has seen it lag.
    for (let id = 1; statusOf(pool, old!)?.state !== 'lagging'; id++) {
      if (performance.now() > stopAt) throw new Error('it does not lag');
      await pool.query('INSERT INTO note VALUES ($1)', [id]);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await cluster.waitForReplication({ replicas: [fresh!] });
    await cluster.primary.kill();
    await eventually(
      'nothing is proven fresh',
      () => pool.topology.fitReplicas.length === 0 && !pool.topology.primary,
    );
    const eventual = () => withReadConsistency('eventual', reads(pool, 'SELECT id FROM note', 30));
    expect(await reasonsOf(eventual)).toEqual([`${fresh!.name} primary-lost`]);
    expect(statusOf(pool, old!)?.isOutdated).toBe(true);
    expect(statusOf(pool, fresh!)?.isOutdated).toBe(false);
    await fresh!.kill();
    await eventually('only the old one is left', () => statusOf(pool, fresh!)?.state === 'down');
    expect(await reasonsOf(eventual)).toEqual([`${old!.name} primary-lost-outdated`]);
  });

  it('tells the freshest by what it has replayed where no primary was ever seen', async () => {
    const [fresh, old] = cluster.replicas;
    await old!.setApplyDelay(HOUR_MS);
    await cluster.primary.query('INSERT INTO note VALUES (1)');
    await cluster.waitForReplication({ replicas: [fresh!] });
    await cluster.primary.kill();
    pool = await startPool(cluster);
    expect(await servedBy(reads(pool, 'SELECT id FROM note', 30))).toEqual([fresh!.name]);
  });

  it('reads at once from nodes that are both writable, as far as they can prove what a session has seen', async () => {
    pool = await startPool(cluster, { failoverWaitMs: 300 });
    const [b, c] = cluster.replicas;
    const a = cluster.primary;
    const session = new Session();
    await session.run(() => pool.query('INSERT INTO note VALUES (1)'));
    await cluster.waitForReplication();
    await Promise.all([b!.promote(), c!.promote()]);
    await eventually(
      'the split is seen',
      () => pool.topology.primary === undefined && pool.topology.fencedPrimaries.length === 3,
    );
    await expect(pool.query('INSERT INTO note VALUES (2)')).rejects.toThrow(
      /writable on the same timeline 2/,
    );
    const ids = async () => (await pool.query('SELECT id FROM note ORDER BY id')).rows;
    // Only the first primary has the session's timeline.
    for (let n = 0; n < 5; n++) {
      expect(
        await reasonsOf(() => session.run(async () => expect(await ids()).toEqual([{ id: 0 }, { id: 1 }]))),
      ).toEqual([`${a.name} primaries-split`]);
    }
    const fresh = new Session();
    expect(await servedBy(() => fresh.run(ids))).toEqual([a.name]);
    const eventual = await servedBy(() =>
      withReadConsistency('eventual', reads(pool, 'SELECT id FROM note')),
    );
    expect([b!.name, c!.name]).toContain(eventual[0]);
    await expect(withReadConsistency(bounded({ maxStalenessMs: 60_000 }), ids)).rejects.toThrow(
      NoFitNodeError,
    );
    await expect(withReadConsistency('strong', ids)).rejects.toThrow(NoPrimaryError);
    await a.kill();
    await eventually('it is down', () => statusOf(pool, a)?.state === 'down');
    await expect(session.run(ids)).rejects.toThrow(NoFitNodeError);
    expect(await servedBy(() => withReadConsistency('eventual', ids))).toHaveLength(1);
  });

  it('lets a node that is writable, and not written to, do nothing but read', async () => {
    pool = await startPool(cluster, { failoverWaitMs: 300 });
    await pool.query(
      "CREATE FUNCTION peek() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM note'",
    );
    await pool.refreshCatalog();
    await cluster.waitForReplication();
    await Promise.all(cluster.replicas.map((replica) => replica.promote()));
    await eventually('the split is seen', () => pool.topology.fencedPrimaries.length === 3);
    // It has become writable before the monitor noticed.
    for (const node of cluster.nodes) {
      await node.query(
        "CREATE OR REPLACE FUNCTION peek() RETURNS bigint LANGUAGE sql VOLATILE AS 'INSERT INTO note VALUES (9) RETURNING 1::bigint'",
      );
    }
    await expect(withReadConsistency('eventual', () => pool.query('SELECT peek()'))).rejects.toThrow(
      /read-only/,
    );
  });
});

describe('a primary alone', () => {
  it('is read without a limit where no replica was ever seen, and with one from the first replica on', async () => {
    const cluster = await startCluster({ replicas: 0 });
    const pool = await startPool(cluster, {
      maxSpilledReads: 1,
      maxConnectionsPerNode: 8,
      acquireTimeoutMs: 300,
      discovery: 'srv',
      discoveryIntervalMs: 100,
      url: cluster.url('migrator').replace(/@[^/]+/, '@_postgresql._tcp.shop'),
      lookup: {
        services: async () => cluster.nodes.map(({ host, port }) => ({ host, port })),
        addresses: async (host) => [host],
      },
    });
    const slow = () =>
      Promise.allSettled(Array.from({ length: 6 }, () => pool.query('SELECT pg_sleep(0.6)')));
    expect((await slow()).map(({ status }) => status)).toEqual(Array(6).fill('fulfilled'));
    const replica = await cluster.addReplica();
    await untilAllFit(pool, 1);
    await replica.kill();
    await eventually('it is down', () => statusOf(pool, replica)?.state === 'down');
    expect((await slow()).filter(({ status }) => status === 'fulfilled').length).toBeLessThan(6);
    await pool.end();
    await cluster.stop();
  });
});
