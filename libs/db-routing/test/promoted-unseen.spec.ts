import type { PostgresCluster } from '@app/postgres-cluster';
import { NoPrimaryError, type RoutedPool, Session, withReadConsistency } from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const WORK: readonly (readonly [string, (pool: RoutedPool) => Promise<unknown>])[] = [
  ['a write', (pool) => pool.query('INSERT INTO note VALUES (2)')],
  ['a transaction', (pool) => pool.transactions.run({}, () => pool.query('INSERT INTO note VALUES (2)'))],
  ['a strong read', (pool) => withReadConsistency('strong', () => pool.query('TABLE note'))],
];

/**
 * A session that has written to the first replica after its promotion, which the pool has not seen. The old
 * primary still runs, and takes writes that the new one will never have.
 */
async function seenElsewhere(cluster: PostgresCluster, pool: RoutedPool): Promise<Session> {
  await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
  await cluster.waitForReplication();
  await pool.refreshCatalog();
  await cluster.replicas[0]!.promote();
  const elsewhere = await startPool(cluster);
  const session = new Session();
  await session.run(() => elsewhere.query('INSERT INTO note VALUES (1)'));
  await elsewhere.end();
  return session;
}

describe('a replica that was promoted since the monitor looked', () => {
  it('serves a session that no other node can serve', async () => {
    const cluster = await startCluster();
    // The monitor would not probe by itself before the test is over.
    const pool = await startPool(cluster, { probeIntervalMs: 60_000, maxStalenessMs: 300_000 });
    try {
      await untilAllFit(pool);
      await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
      await cluster.waitForReplication();
      await pool.refreshCatalog();
      const session = new Session();
      await session.run(() => pool.query('INSERT INTO note VALUES (1)'));
      await cluster.waitForReplication();
      const read = () => session.run(() => pool.query('SELECT id FROM note'));
      for (let n = 0; n < 20; n++) await read();
      const [promoted, other] = cluster.replicas;
      await cluster.primary.stop('fast');
      await promoted!.promote();
      await other!.stop();
      const trace = new RouteTrace();
      const { rows } = await trace.record(read);
      expect(rows).toEqual([{ id: 1 }]);
      expect(trace.entries.at(-1)).toMatchObject({ node: promoted!.name, role: 'primary' });
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });

  it.each(WORK)('gets %s of a session that has seen it as the primary', async (_, work) => {
    const cluster = await startCluster();
    const unseen = { probeIntervalMs: 60_000, maxStalenessMs: 300_000 };
    const pool = await startPool(cluster, unseen);
    try {
      const [promoted] = cluster.replicas;
      const session = await seenElsewhere(cluster, pool);
      const trace = new RouteTrace();
      await session.run(() => trace.record(() => work(pool)));
      expect(trace.entries.at(-1)).toMatchObject({ node: promoted!.name, role: 'primary' });
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });

  it.each(WORK)(
    'keeps %s of its session from the former primary where it cannot be reached',
    async (_, work) => {
      const cluster = await startCluster();
      const only = cluster.url('migrator').replace(/@[^/]+/, `@${cluster.primary.name}`);
      const pool = await startPool(cluster, { url: only });
      try {
        const session = await seenElsewhere(cluster, pool);
        const refused = session.run(() => work(pool));
        await expect(refused).rejects.toThrow(NoPrimaryError);
        await expect(refused).rejects.toThrow(
          'seen timeline 2, and the newest primary that can be reached is on 1',
        );
        // Other sessions go on.
        await new Session().run(() => work(pool));
      } finally {
        await pool.end();
        await cluster.stop();
      }
    },
  );

  it.each(WORK)('keeps %s of its session from the former primary that comes back first', async (_, work) => {
    const cluster = await startCluster();
    const { primary } = cluster;
    const only = cluster.url('migrator').replace(/@[^/]+/, `@${primary.name}`);
    const pool = await startPool(cluster, { url: only, failoverWaitMs: 60_000 });
    try {
      const session = await seenElsewhere(cluster, pool);
      await primary.stop('immediate');
      await eventually('no primary', () => pool.topology.primary === undefined);
      const refused = session.run(() => work(pool));
      refused.catch(() => undefined);
      await primary.start();
      await expect(refused).rejects.toThrow(
        'seen timeline 2, and the newest primary that can be reached is on 1',
      );
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });
});

it('keeps a session from the former primary, whose new one is known by what a replica has shown', async () => {
  const cluster = await startCluster();
  const { primary } = cluster;
  const [promoted, follower] = cluster.replicas;
  const reached = cluster.url('migrator').replace(/@[^/]+/, `@${primary.name},${follower!.name}`);
  // The monitor would not probe by itself before the test is over.
  const pool = await startPool(cluster, { url: reached, probeIntervalMs: 60_000, maxStalenessMs: 300_000 });
  try {
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await promoted!.promote();
    await follower!.follow(promoted!);
    await promoted!.query('INSERT INTO note SELECT generate_series(1, 1000)');
    const session = new Session();
    const count = async () => (await session.run(() => pool.query('TABLE note'))).rowCount;
    await eventually('the replica shows the new timeline', async () => (await count()) === 1000);
    const seen = session.position;
    const strong = session.run(() => withReadConsistency('strong', () => pool.query('TABLE note')));
    await expect(strong).rejects.toThrow(NoPrimaryError);
    expect(session.position).toEqual(seen);
  } finally {
    await pool.end();
    await cluster.stop();
  }
});
