import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import { type RoutedPool, runInTransaction, Session, withReadConsistency } from '../../src';
import { eventually, startPool } from '../support';
import { MovableName, startClusterWithNotes, urlOf } from './support';

const INSERT = 'INSERT INTO note DEFAULT VALUES';
const COUNT = 'SELECT count(*)::int AS n FROM note';

const counted = async (pool: RoutedPool) => (await pool.query<{ n: number }>(COUNT)).rows[0]?.n;
const inTransaction = (pool: RoutedPool) => runInTransaction({ readOnly: true }, () => counted(pool));
const byCursor = async (pool: RoutedPool) => {
  const cursor = new Cursor<{ n: number }>(COUNT);
  void pool.query(cursor as never);
  const [row] = await cursor.read(1);
  await cursor.close();
  return row?.n;
};

const ignore = () => undefined;

const WRITES: readonly (readonly [string, (pool: RoutedPool) => Promise<unknown>])[] = [
  ['a write', (pool) => pool.query(INSERT)],
  ['a write of a session', (pool) => new Session().run(() => pool.query(INSERT))],
  ['a transaction', (pool) => pool.transactions.run({}, () => pool.query(INSERT))],
  [
    'a write of a client',
    async (pool) => {
      const client = await pool.connect();
      await client.query(INSERT).finally(() => client.release());
    },
  ],
];

/** Reads that the primary has to serve, because there is no replica. */
const READS: readonly (readonly [string, (pool: RoutedPool) => Promise<number | undefined>])[] = [
  ['a read', counted],
  ['a strong read', (pool) => withReadConsistency('strong', () => counted(pool))],
  ['a read-only transaction', inTransaction],
  ['a strong read-only transaction', (pool) => withReadConsistency('strong', () => inTransaction(pool))],
  [
    'a read-only transaction that no replica can run',
    (pool) => runInTransaction({ readOnly: true, isolation: 'SERIALIZABLE' }, () => counted(pool)),
  ],
  ['a cursor', byCursor],
];

describe('the name of a primary that leads to a former one, which still accepts writes', () => {
  let cluster: PostgresCluster;
  let former: ClusterNode;
  let current: ClusterNode;
  let rw: MovableName;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startClusterWithNotes();
    former = cluster.primary;
    current = cluster.replicas[0]!;
    await current.promote();
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    rw = await MovableName.of(current);
    pool = await startPool(cluster, {
      url: urlOf(cluster, rw, former),
      failoverWaitMs: 300,
      probeIntervalMs: 100,
    });
    await eventually('the current one is known', () => pool.topology.primary?.address.name === rw.name);
  });

  afterEach(async () => {
    await pool.end();
    await rw[Symbol.asyncDispose]();
  });

  /** The connection of its probe stays, so that the node is known as the current primary throughout. */
  const leadAstray = async () => {
    rw.move(former, 'stay');
    await current.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'migrator'");
    const open = () => pool.stats.find(({ node }) => node === rw.name);
    await eventually('the connections are gone', () => (open()?.open ?? 0) + (open()?.lanes ?? 0) === 0);
    await eventually('the node is the primary', () => pool.topology.primary?.state === 'up');
  };

  it.each(READS)('shows %s nothing that misses the writes of its process', async (_, read) => {
    await pool.query(INSERT);
    const expected = await read(pool);
    await leadAstray();
    await expect(read(pool)).rejects.toThrow();
    rw.move(current, 'stay');
    await eventually('it is served again', async () => (await read(pool).catch(ignore)) === expected);
  });

  it.each(READS)('shows %s nothing that is older than what its session has seen', async (_, read) => {
    const session = new Session();
    const expected = await session.run(async () => {
      await pool.query(INSERT);
      return read(pool);
    });
    await leadAstray();
    await expect(session.run(() => read(pool))).rejects.toThrow();
    rw.move(current, 'stay');
    await eventually(
      'it is served again',
      async () => (await session.run(() => read(pool)).catch(ignore)) === expected,
    );
  });

  it.each(WRITES)(
    'gets nothing of %s that waited for a connection while the name moved',
    async (_, write) => {
      const patient = await startPool(cluster, { url: urlOf(cluster, rw, former), probeIntervalMs: 100 });
      const rowsOf = async (node: ClusterNode) => (await node.query(COUNT)).rows[0];
      const before = await rowsOf(former);
      try {
        await eventually(
          'the current one is known',
          () => patient.topology.primary?.address.name === rw.name,
        );
        const held = rw.holdNext();
        const written = write(patient);
        const leadOn = await held;
        rw.move(former, 'cut');
        await eventually('the name is known to lead elsewhere', () => patient.topology.primary === undefined);
        leadOn();
        await new Promise((resolve) => setTimeout(resolve, 200));
        rw.move(current, 'cut');
        await written;
      } finally {
        await patient.end();
      }
      expect(await rowsOf(former)).toEqual(before);
    },
  );
});
