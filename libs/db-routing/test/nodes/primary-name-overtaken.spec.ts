import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, withReadConsistency } from '../../src';
import { eventually, startPool } from '../support';
import { MovableName, startClusterWithNotes, urlOf } from './support';

const count = async (pool: RoutedPool): Promise<number | undefined> =>
  (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM note')).rows[0]?.n;

/** Reads that only the primary can serve, because the replica is behind. */
const READS: readonly (readonly [string, (pool: RoutedPool) => Promise<number | undefined>])[] = [
  ['a read after a write of its process', count],
  ['a strong read', (pool) => withReadConsistency('strong', () => count(pool))],
];

describe("a read that waits for a connection while the primary's name moves to a replica", () => {
  let cluster: PostgresCluster;
  let rw: MovableName;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startClusterWithNotes();
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    rw = await MovableName.of(cluster.primary);
    pool = await startPool(cluster, { url: urlOf(cluster, rw), failoverWaitMs: 300, probeIntervalMs: 100 });
    await pool.refreshCatalog();
  });

  afterEach(async () => {
    await pool.end();
    await rw[Symbol.asyncDispose]();
    await cluster.replicas[0]?.resumeReplay();
  });

  const endSessions = (condition: string) =>
    cluster.primary.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${condition}`);

  it.each(READS)('does not get the data of that replica: %s', async (_, read) => {
    await cluster.replicas[0]?.pauseReplay();
    await pool.query('INSERT INTO note DEFAULT VALUES');
    const written = await read(pool);
    await endSessions("usename = 'migrator'");
    await eventually('its connections are gone', () =>
      pool.stats.every(({ open, lanes }) => open + lanes === 0),
    );
    await eventually('the node is the primary', () => pool.topology.primary?.state === 'up');

    rw.move(cluster.replicas[0], 'stay');
    const held = rw.holdNext();
    const reading = read(pool).catch((error: unknown) => error);
    const goOn = await held;
    await endSessions("application_name LIKE '%(monitor)'");
    await eventually('the name is known to lead to a replica', () => pool.topology.primary === undefined);
    goOn();
    expect(await reading).toBeInstanceOf(Error);

    rw.move(cluster.primary);
    await eventually('there is a primary', () => pool.topology.primary?.state === 'up');
    expect(await read(pool)).toBe(written);
  });
});
