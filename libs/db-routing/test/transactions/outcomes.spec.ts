import { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import {
  CommitOutcomeUnknownError,
  ConnectionLostError,
  WriteOutcomeUnknownError,
  currentTransaction,
  ReadOnlyTransactionError,
  type RoutedPool,
  runInTransaction,
  Session,
  TransactionRolledBackError,
  TransactionTimeoutError,
} from '../../src';
import { formatLsn } from '../../src/consistency/lsn';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';

describe('the outcome of a transaction', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 1, proxied: true });
    // A slow pace: a link that is cut for a moment does not make its node suspect.
    pool = await startPool(cluster, { probeIntervalMs: 1000, maxStalenessMs: 5000 });
    await pool.query('CREATE TABLE line (who text UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    await pool.query('CREATE TABLE stock (sku text PRIMARY KEY, n int)');
    await pool.query("INSERT INTO stock VALUES ('a', 0), ('b', 0)");
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
    await pool.refreshCatalog();
  });

  beforeEach(() => pool.query('TRUNCATE line'));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const write = (who: string) => pool.query('INSERT INTO line VALUES ($1)', [who]);

  async function lines(): Promise<string> {
    const { rows } = await cluster.primary.query('SELECT who FROM line ORDER BY who');
    return rows.map((row) => row['who'] as string).join(' ');
  }

  async function untilNothingIsOpen(): Promise<void> {
    await eventually('no transaction is open on the server', async () => {
      const { rows } = await cluster.primary.query(
        `SELECT 1 FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND (xact_start IS NOT NULL)`,
      );
      return rows.length === 0;
    });
  }

  describe('COMMIT', () => {
    it('is believed only by its tag: of an aborted transaction it is an error with the cause', async () => {
      const work = runInTransaction({ name: 'caught too early' }, async () => {
        await write('a');
        await pool.query('SELECT 1/0').catch(() => undefined);
      });
      await expect(work).rejects.toThrow(TransactionRolledBackError);
      await expect(work).rejects.toMatchObject({ cause: { code: '22012' } });
      expect(await lines()).toBe('');
    });

    it('that is refused by a deferred constraint is the error of the server', async () => {
      const work = runInTransaction(async () => {
        await write('twice');
        await write('twice');
      });
      await expect(work).rejects.toMatchObject({ code: '23505' });
      expect(await lines()).toBe('');
    });

    it('whose answer is lost is reported as unknown, and is neither success nor failure', async () => {
      const ran: string[] = [];
      const work = runInTransaction({ name: 'paying', timeoutMs: 700 }, async () => {
        await write('paid');
        currentTransaction()!.afterCompletion((outcome) => ran.push(outcome));
        currentTransaction()!.beforeCommit(() => cluster.primary.link.cut());
      });
      await expect(work).rejects.toThrow(CommitOutcomeUnknownError);
      await expect(work).rejects.toThrow(
        "COMMIT of the transaction 'paying' was sent, but its answer was lost",
      );
      expect(ran).toEqual(['unknown']);
      await cluster.primary.link.restore();
      await untilNothingIsOpen();
      expect(['', 'paid']).toContain(await lines());
    });

    it('is not sent on a connection that broke before: that is a rollback, and certain', async () => {
      const work = runInTransaction(async () => {
        await write('a');
        const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
        await cluster.primary.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']]);
        await expect(write('b')).rejects.toThrow(ConnectionLostError);
      });
      await expect(work).rejects.toThrow(ConnectionLostError);
      expect(await lines()).toBe('');
    });

    it('gives its session a position that covers it', async () => {
      const session = new Session();
      await session.run(() => runInTransaction(() => write('a')));
      expect(session.position?.systemId).toBe(pool.topology.primary?.systemId);
      expect(session.position?.timeline).toBe(1);
      await cluster.waitForReplication();
      const { rows } = await cluster.primary.query<{ covered: boolean }>(
        "SELECT $1::pg_lsn <= pg_current_wal_flush_lsn() AND $1::pg_lsn > '0/0' AS covered",
        [formatLsn(session.position?.lsn ?? 0n)],
      );
      expect(rows[0]?.covered).toBe(true);
    });

    it('of a relaxed transaction promises no position', async () => {
      const session = new Session();
      await session.run(() =>
        runInTransaction({ durability: 'off', issuesToken: false }, async () => {
          const { rows } = await pool.query("SELECT current_setting('synchronous_commit') AS level");
          expect(rows[0]?.['level']).toBe('off');
        }),
      );
      expect(session.position).toBeUndefined();
    });
  });

  it('of a single statement whose answer is lost is reported as unknown, never as a failure', async () => {
    const written = pool.query("INSERT INTO line SELECT 'lost' FROM pg_sleep(1)");
    written.catch(() => undefined);
    await eventually('the server works on it', async () => {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%lost%' AND wait_event = 'PgSleep'";
      return (await cluster.primary.query(sql)).rows.length === 1;
    });
    cluster.primary.link.cut();
    await expect(written).rejects.toThrow(WriteOutcomeUnknownError);
    await cluster.primary.link.restore();
    await untilNothingIsOpen();
    expect(['', 'lost']).toContain(await lines());
  });

  it('of one whose connection breaks is told at once, although its function never returns', async () => {
    const work = runInTransaction(async () => {
      const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
      await cluster.primary.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']]);
      await new Promise(() => undefined);
    });
    await expect(work).rejects.toThrow(ConnectionLostError);
  });

  it('of one that idles is a rollback by the server, and does not make the node suspect', async () => {
    const strict = await startPool(cluster, {
      idleInTransactionTimeoutMs: 200,
      probeIntervalMs: 1000,
      maxStalenessMs: 5000,
    });
    const changes: unknown[] = [];
    strict.on('nodeChange', (change) => changes.push(change));
    const work = strict.transactions.run({}, async () => {
      await strict.query("INSERT INTO line VALUES ('idle')");
      await new Promise(() => undefined);
    });
    await expect(work).rejects.toMatchObject({ code: 'CONNECTION_LOST', cause: { code: '25P03' } });
    expect(changes).toEqual([]);
    expect(await lines()).toBe('');
    await strict.end();
  });

  describe('a transaction that takes too long', () => {
    it('is cancelled on the server and rolled back, and its connection is free again', async () => {
      let pid: unknown;
      const startedAtMs = performance.now();
      const work = runInTransaction({ name: 'slow', timeoutMs: 300 }, async () => {
        await write('a');
        pid = (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0]?.['pid'];
        await pool.query('SELECT pg_sleep(60)');
      });
      await expect(work).rejects.toThrow(TransactionTimeoutError);
      await expect(work).rejects.toThrow("'slow' took longer than its limit of 300 ms");
      expect(performance.now() - startedAtMs).toBeLessThan(5000);
      await eventually('the backend is idle', async () => {
        const sql = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'idle'";
        return (await cluster.primary.query(sql, [pid])).rows.length === 1;
      });
      await eventually('nothing is checked out', () => pool.stats.every(({ open, idle }) => open === idle));
      expect(await lines()).toBe('');
    });

    it('ends although its function never returns, and what that still tries is refused', async () => {
      let letGo: () => void = () => undefined;
      let late: Promise<unknown> = Promise.resolve();
      const work = runInTransaction({ timeoutMs: 200 }, async () => {
        await write('a');
        late = new Promise<void>((resolve) => (letGo = resolve)).then(() => write('b'));
        await late;
      });
      await expect(work).rejects.toThrow(TransactionTimeoutError);
      letGo();
      await expect(late).rejects.toThrow(TransactionTimeoutError);
      await untilNothingIsOpen();
      expect(await lines()).toBe('');
    });

    it('has a limit of its own even if none is named', async () => {
      const impatient = await startPool(cluster, { transactionTimeoutMs: 200 });
      const work = impatient.transactions.run({}, () => new Promise(() => undefined));
      await expect(work).rejects.toThrow('its limit of 200 ms');
      await impatient.end();
    });
  });

  describe('retry', () => {
    it('runs the whole function again after a deadlock', async () => {
      const lock = (first: string, second: string, meet: () => Promise<void>) => {
        let runs = 0;
        return runInTransaction({ retry: { attempts: 5 } }, async () => {
          runs += 1;
          await pool.query('UPDATE stock SET n = n + 1 WHERE sku = $1', [first]);
          if (runs === 1) await meet();
          await pool.query('UPDATE stock SET n = n + 1 WHERE sku = $1', [second]);
        }).then(() => runs);
      };
      let arrived = 0;
      let open: () => void = () => undefined;
      const both = new Promise<void>((resolve) => (open = resolve));
      const meet = () => {
        arrived += 1;
        if (arrived === 2) open();
        return both;
      };
      const runs = await Promise.all([lock('a', 'b', meet), lock('b', 'a', meet)]);
      expect(runs[0] + runs[1]).toBeGreaterThan(2);
      const { rows } = await cluster.primary.query('SELECT n FROM stock ORDER BY sku');
      expect(rows).toEqual([{ n: 2 }, { n: 2 }]);
    });

    it('gives up after its attempts, and never repeats another error', async () => {
      let runs = 0;
      const conflict = runInTransaction({ retry: { attempts: 3, baseDelayMs: 1 } }, async () => {
        runs += 1;
        await pool.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
      });
      await expect(conflict).rejects.toMatchObject({ code: '40001' });
      expect(runs).toBe(3);
      runs = 0;
      const failure = runInTransaction({ retry: { attempts: 3 } }, async () => {
        runs += 1;
        await pool.query('SELECT 1/0');
      });
      await expect(failure).rejects.toMatchObject({ code: '22012' });
      expect(runs).toBe(1);
    });

    it('is the affair of the outermost scope only', async () => {
      let runs = 0;
      const work = runInTransaction(() =>
        runInTransaction({ retry: { attempts: 3 } }, async () => {
          runs += 1;
          await pool.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$");
        }),
      );
      await expect(work).rejects.toMatchObject({ code: '40001' });
      expect(runs).toBe(1);
    });
  });

  describe('a read-only transaction', () => {
    const whereItRuns = async (options: Parameters<typeof runInTransaction>[0]) => {
      // A replica that lacks what this pool has written is passed over.
      await cluster.waitForReplication();
      const trace = new RouteTrace();
      await trace.record(() =>
        runInTransaction(options as object, () => pool.query('SELECT count(*) FROM line')),
      );
      return trace.entries.map((entry) => entry.role);
    };

    it.each([
      [{ readOnly: true }, 'replica'],
      [{ readOnly: true, isolation: 'REPEATABLE READ' }, 'replica'],
      [{ readOnly: true, isolation: 'SERIALIZABLE' }, 'primary'],
      [{ readOnly: true, isolation: 'SERIALIZABLE', deferrable: true }, 'primary'],
      [{}, 'primary'],
    ])('%j runs on a %s', async (options, role) => {
      expect(await whereItRuns(options as never)).toEqual([role]);
    });

    it('keeps one snapshot on its replica under REPEATABLE READ', async () => {
      // The TRUNCATE before this test takes a lock in replay, too: it would wait behind the transaction.
      await cluster.waitForReplication();
      await runInTransaction({ readOnly: true, isolation: 'REPEATABLE READ' }, async () => {
        const before = await pool.query('SELECT count(*)::int AS n FROM line');
        await cluster.primary.query("INSERT INTO line VALUES ('meanwhile')");
        await cluster.waitForReplication();
        const after = await pool.query('SELECT count(*)::int AS n FROM line');
        expect(after.rows).toEqual(before.rows);
      });
      await expect(pool.query('SELECT count(*)::int AS n FROM line')).resolves.toMatchObject({
        rows: [{ n: 1 }],
      });
    });

    it('refuses a write, and says which', async () => {
      const work = runInTransaction({ readOnly: true, name: 'report' }, () => write('a'));
      await expect(work).rejects.toThrow(ReadOnlyTransactionError);
      await expect(work).rejects.toThrow(
        "the transaction 'report' is read-only and cannot run: INSERT INTO line",
      );
      await expect(
        runInTransaction({ readOnly: true }, () => pool.query("SELECT setval('nowhere', 1)")),
      ).rejects.toThrow();
    });

    it('refuses an advisory lock, which on a replica keeps nobody out', async () => {
      const text = 'SELECT pg_try_advisory_xact_lock(7) AS isMine';
      await expect(runInTransaction({ readOnly: true }, () => pool.query(text))).rejects.toThrow(
        ReadOnlyTransactionError,
      );
      const cursor = runInTransaction({ readOnly: true }, () => pool.query(new Cursor(text)).read(1));
      await expect(cursor).rejects.toThrow(ReadOnlyTransactionError);
      // These are never on a replica.
      const onPrimary = { readOnly: true, isolation: 'SERIALIZABLE' } as const;
      expect((await runInTransaction(onPrimary, () => pool.query(text))).rows).toEqual([{ ismine: true }]);
      const client = await pool.connect();
      await client.query('BEGIN READ ONLY');
      expect((await client.query(text)).rows).toEqual([{ ismine: true }]);
      client.release();
    });
  });
});
