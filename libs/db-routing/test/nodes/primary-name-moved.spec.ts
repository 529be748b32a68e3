import { once } from 'node:events';
import type { PostgresCluster } from '@app/postgres-cluster';
import {
  ConnectFailedError,
  type RoutedClient,
  type RoutedPool,
  Session,
  type StatementReport,
  withReadConsistency,
} from '../../src';
import { eventually, startPool } from '../support';
import { MovableName, startClusterWithNotes, urlOf } from './support';

const FAILOVER_WAIT_MS = 300;

const INSERT = 'INSERT INTO note DEFAULT VALUES';

const withClient = (work: (client: RoutedClient) => Promise<unknown>) => async (pool: RoutedPool) => {
  const client = await pool.connect();
  await work(client).finally(() => client.release());
};
const strongly = (pool: RoutedPool) => withReadConsistency('strong', () => pool.query('TABLE note'));

/** Work for the primary. */
const WORK: readonly (readonly [string, (pool: RoutedPool) => Promise<unknown>])[] = [
  ['a write', (pool) => pool.query(INSERT)],
  ['a transaction that writes', (pool) => pool.transactions.run({}, () => pool.query(INSERT))],
  ['a transaction that reads', (pool) => pool.transactions.run({}, () => pool.query('TABLE note'))],
  ['a write of a client', withClient((client) => client.query(INSERT))],
  [
    'a transaction of a client',
    withClient(async (client) => {
      await client.query('BEGIN');
      await client.query(INSERT);
      await client.query('COMMIT');
    }),
  ],
  ['a strong read', strongly],
  ['a strong read of a session', (pool) => new Session().run(() => strongly(pool))],
];

describe('the name of a primary that has led to a replica', () => {
  let cluster: PostgresCluster;
  let rw: MovableName;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startClusterWithNotes();
  });

  afterAll(() => cluster.stop());

  beforeEach(async () => {
    rw = await MovableName.of(cluster.primary);
    pool = await startPool(cluster, {
      url: urlOf(cluster, rw, cluster.replicas[0]!),
      failoverWaitMs: FAILOVER_WAIT_MS,
      maxConnectionsPerNode: 1,
      probeIntervalMs: 100,
    });
  });

  afterEach(async () => {
    if (!pool.ended) await pool.end();
    await rw[Symbol.asyncDispose]();
  });

  const open = () => pool.stats.find(({ node }) => node === rw.name)?.open;

  /** The probe's connection stays, so that the node is known as the primary throughout. */
  const leadToReplica = async () => {
    await pool.query(INSERT);
    rw.move(cluster.replicas[0], 'stay');
    await cluster.primary.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'migrator'",
    );
    await eventually('the connection is gone', () => open() === 0);
    await eventually('the node is the primary', () => pool.topology.primary?.state === 'up');
  };

  it.each(WORK)('makes %s wait, and gives no replica to it', async (_, work) => {
    await leadToReplica();
    await expect(work(pool)).rejects.toThrow(ConnectFailedError);
    rw.move(cluster.primary, 'stay');
    await work(pool);
  });

  it('is found to lead to the primary again, although its probe has connected to the replica', async () => {
    rw.move(cluster.replicas[0], 'cut');
    await eventually('there is no primary', () => pool.topology.primary === undefined);
    rw.move(cluster.primary, 'stay');
    await eventually('there is a primary', () => pool.topology.primary?.address.name === rw.name);
    await pool.query(INSERT);
  });

  it('leaves no work behind when the pool ends just after the name has moved', async () => {
    await pool.query(INSERT);
    rw.move(cluster.replicas[0], 'cut');
    await eventually('there is no primary', () => pool.topology.primary === undefined);
    await pool.end();
    const now = jest.spyOn(performance, 'now');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(now).not.toHaveBeenCalled();
    now.mockRestore();
  });

  it('makes no write fail that can wait until it leads back', async () => {
    await leadToReplica();
    const refused = once(pool, 'statement') as Promise<[StatementReport]>;
    const write = pool.query(INSERT);
    expect(await refused).toMatchObject([{ outcome: 'retried', node: rw.name }]);
    rw.move(cluster.primary, 'stay');
    await write;
  });
});
