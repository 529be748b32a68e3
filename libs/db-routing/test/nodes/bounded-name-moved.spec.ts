import type { PostgresCluster } from '@app/postgres-cluster';
import { bounded, type RoutedPool, Session, withReadConsistency } from '../../src';
import { eventually, startPool } from '../support';
import { startCluster } from '../test-cluster';
import { MovableName, statusOf, urlOf } from './support';

const BOUND_MS = 300;
const TABLE = 'TABLE note';

const READS: readonly (readonly [string, (pool: RoutedPool) => Promise<{ rowCount: number | null }>])[] = [
  ['a read', (pool) => pool.query(TABLE)],
  ['a read of a session', (pool) => new Session().run(() => pool.query(TABLE))],
  ['a read-only transaction', (pool) => pool.transactions.run({ readOnly: true }, () => pool.query(TABLE))],
  [
    'a read of a client',
    async (pool) => {
      const client = await pool.connect();
      return client.query(TABLE).finally(() => client.release());
    },
  ],
];

describe('the name of a replica that leads to a staler one than the one that is probed', () => {
  let cluster: PostgresCluster;
  let ro: MovableName;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE note (id serial); ALTER TABLE note OWNER TO migrator');
    await cluster.waitForReplication();
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    ro = await MovableName.of(cluster.replicas[0]);
    const primary = { name: `${cluster.primary.host}:${cluster.primary.port}` };
    pool = await startPool(cluster, { url: urlOf(cluster, primary, ro), probeIntervalMs: 100 });
  });

  afterEach(async () => {
    await pool.end();
    await cluster.replicas[1]!.resumeReplay();
    await cluster.waitForReplication();
    await ro[Symbol.asyncDispose]();
  });

  it.each(READS)('shows %s nothing older than its bound', async (_, read) => {
    const bound = bounded({ maxStalenessMs: BOUND_MS });
    await withReadConsistency(bound, () => read(pool));
    const [probed, stale] = cluster.replicas;
    await stale!.pauseReplay();
    await cluster.primary.query('INSERT INTO note DEFAULT VALUES');
    const { rowCount } = await cluster.primary.query(TABLE);
    // The probe's connection stays: what it tells is true of the server that the name has led to.
    ro.move(stale, 'stay');
    await probed!.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'migrator'");
    await new Promise((resolve) => setTimeout(resolve, BOUND_MS));
    await eventually('the replica is up', () => statusOf(pool, ro)?.state === 'up');
    for (let times = 0; times < 5; times++) {
      expect(await withReadConsistency(bound, () => read(pool))).toMatchObject({ rowCount });
    }
  });
});
