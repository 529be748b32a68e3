import type { PostgresCluster } from '@app/postgres-cluster';
import {
  CommitOutcomeUnknownError,
  ConnectionLostError,
  type RoutedPool,
  runInTransaction,
  Session,
  withReadConsistency,
  WriteOutcomeUnknownError,
} from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

/**
 * The primary ends the next `times` backend sessions that ask for its position: a write is then answered, but
 * its position is lost. It counts them in files, because reads ask in transactions that are read-only.
 */
const TRAP = (user: string) => `
  CREATE SCHEMA trap;
  CREATE TABLE trap.setting (until int NOT NULL);
  INSERT INTO trap.setting VALUES (0);
  CREATE FUNCTION trap.ended() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM pg_ls_dir(current_setting('data_directory')) AS name WHERE name LIKE 'trap.%'
  $$;
  CREATE FUNCTION trap.pg_is_in_recovery() RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
  BEGIN
    IF pg_is_in_recovery() THEN RETURN true; END IF;
    PERFORM pg_advisory_xact_lock(1);
    IF trap.ended() < (SELECT until FROM trap.setting) THEN
      EXECUTE format('COPY (SELECT 1) TO %L', current_setting('data_directory') || '/trap.' || trap.ended());
      PERFORM pg_terminate_backend(pg_backend_pid());
      PERFORM pg_sleep(1);
    END IF;
    RETURN false;
  END $$;
  GRANT USAGE ON SCHEMA trap TO PUBLIC;
  ALTER ROLE ${user} SET search_path = trap, pg_catalog, public`;

describe('a write whose answer comes, and whose position does not', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query(TRAP(cluster.credentials('migrator').user));
    pool = await startPool(cluster, { maxStalenessMs: 60_000, failoverWaitMs: 1_500 });
    await pool.query('CREATE TABLE public.note (id int PRIMARY KEY, version int NOT NULL)');
    await pool.query('INSERT INTO public.note VALUES (1, 0)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool, 1);
  });

  beforeEach(() => loseConnections(0));

  afterEach(async () => {
    await cluster.replicas[0]!.resumeReplay();
    await loseConnections(0);
    await cluster.waitForReplication();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  async function loseConnections(times: number): Promise<void> {
    await cluster.primary.query('UPDATE trap.setting SET until = trap.ended() + $1', [times]);
  }

  const write = (version: number) => pool.query('UPDATE public.note SET version = $1', [version]);
  const inTransaction = (version: number) =>
    runInTransaction({ manager: pool.transactions, name: 'noting' }, () => write(version));

  const inRelaxedTransaction = (version: number) =>
    runInTransaction(
      { manager: pool.transactions, name: 'noting', durability: 'off', issuesToken: false },
      () => write(version),
    );

  /** On the primary: no replica has SERIALIZABLE. */
  const readInTransaction = () =>
    runInTransaction(
      { manager: pool.transactions, readOnly: true, isolation: 'SERIALIZABLE', deferrable: true },
      read,
    );

  async function read(): Promise<number> {
    const { rows } = await pool.query<{ version: number }>('SELECT version FROM public.note WHERE id = 1');
    return rows[0]?.version ?? -1;
  }

  async function stored(): Promise<number> {
    const { rows } = await cluster.primary.query('SELECT version FROM public.note');
    return rows[0]?.['version'] as number;
  }

  it.each([
    ['an autocommit write', 10, write],
    ['a transaction', 20, inTransaction],
    ['a transaction whose commit may be lost', 25, inRelaxedTransaction],
  ])('is read by its session all the same: %s', async (_, version, writeIt) => {
    const session = new Session();
    await session.run(() => writeIt(version));
    await cluster.waitForReplication();
    await cluster.replicas[0]!.pauseReplay();
    // The write's own connection, and the next connections that are asked instead.
    await loseConnections(3);
    await session.run(() => writeIt(version + 1));
    const trace = new RouteTrace();
    expect(await trace.record(() => session.run(read))).toBe(version + 1);
    expect(trace.entries.at(-1)?.role).toBe('primary');
  });

  it.each([
    ['an autocommit write', 30, write, WriteOutcomeUnknownError],
    ['a transaction', 40, inTransaction, CommitOutcomeUnknownError],
    ['a transaction whose commit may be lost', 50, inRelaxedTransaction, CommitOutcomeUnknownError],
  ])('is not called done when no primary can say where it is: %s', async (_, version, writeIt, expected) => {
    await loseConnections(1_000_000);
    await expect(new Session().run(() => writeIt(version))).rejects.toThrow(expected);
    // Once: a statement that may have been executed is not sent again.
    expect(await stored()).toBe(version);
  });

  it('is not forgotten by a session that has only seen it in a transaction', async () => {
    await write(60);
    await cluster.waitForReplication();
    await cluster.replicas[0]!.pauseReplay();
    await write(61);
    const session = new Session();
    await loseConnections(3);
    expect(await session.run(readInTransaction)).toBe(61);
    await loseConnections(0);
    expect(await session.run(read)).toBe(61);
    await loseConnections(1_000_000);
    await expect(session.run(readInTransaction)).rejects.toThrow(CommitOutcomeUnknownError);
  });

  it('makes a read of a client fail, because its session could later see less', async () => {
    const client = await pool.connect();
    client.usePrimary();
    const readByHand = () => client.query('SELECT version FROM public.note');
    await new Session().run(readByHand);
    await loseConnections(1);
    await expect(new Session().run(readByHand)).rejects.toThrow(ConnectionLostError);
    client.release();
  });

  it.each([
    ['on a shared connection', 'SELECT version FROM public.note'],
    ['on one of its own', 'SELECT version FROM public.note, pg_sleep(0.6)'],
  ])('makes a strong read run once more: %s', async (_, text) => {
    const strongly = () => new Session().run(() => withReadConsistency('strong', () => pool.query(text)));
    // From the second run on, slow statements have an exclusive connection.
    await strongly();
    await loseConnections(1);
    const { rows } = await strongly();
    expect(rows).toEqual([{ version: await stored() }]);
    await loseConnections(1_000_000);
    await expect(strongly()).rejects.toThrow(ConnectionLostError);
  });

  it('runs a write once that was taken for a read', async () => {
    await pool.query(
      'CREATE FUNCTION public.put() RETURNS int LANGUAGE sql VOLATILE AS $$ UPDATE public.note SET version = version + 1 RETURNING version $$',
    );
    await pool.query(
      'CREATE FUNCTION public.seen() RETURNS int LANGUAGE plpgsql STABLE AS $$ DECLARE v int = public.put(); BEGIN PERFORM pg_sleep(2); RETURN v; END $$',
    );
    await cluster.waitForReplication();
    const trusting = await startPool(cluster, { maxStalenessMs: 600, trustedFunctions: ['public.seen'] });
    const replicas = () => trusting.topology.fitReplicas.length;
    try {
      await trusting.refreshCatalog();
      await cluster.replicas[0]!.pauseReplay();
      await write((await stored()) + 1);
      await eventually('the replica is too stale', () => replicas() === 0);
      const before = await stored();
      await loseConnections(1);
      // The primary gets it in place of the replica, and its answer is lost when the replica can serve again.
      const answer = new Session().run(() => trusting.query('SELECT public.seen()'));
      await cluster.replicas[0]!.resumeReplay();
      await eventually('the replica is fit', () => replicas() === 1);
      expect((await answer).rows).toEqual([{ seen: before + 1 }]);
      expect(await stored()).toBe(before + 1);
    } finally {
      await trusting.end();
    }
  });
});
