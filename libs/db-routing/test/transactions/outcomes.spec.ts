import {
  CommitOutcomeUnknownError,
  ConnectionLostError,
  WriteOutcomeUnknownError,
  currentTransaction,
  runInTransaction,
  Session,
  TransactionRolledBackError,
  TransactionTimeoutError,
} from '../../src';
import { systemClock } from '../../src/clock';
import { RequestLimits } from '../../src/execution/limits/request-limits';
import { eventually, startPool } from '../support';
import { useLines } from './lines';

describe('the outcome of a transaction', () => {
  const table = useLines({
    cluster: { replicas: 1, proxied: true },
    // Slow probes, so that a short cut of the link does not make the node suspect.
    pool: { probeIntervalMs: 1000, maxStalenessMs: 5000 },
    constraint: 'UNIQUE DEFERRABLE INITIALLY DEFERRED',
  });
  const { lines, write } = table;

  async function untilNothingIsOpen(): Promise<void> {
    await eventually('no transaction is open on the server', async () => {
      const { rows } = await table.cluster.primary.query(
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
        await table.pool.query('SELECT 1/0').catch(() => undefined);
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
        currentTransaction()!.beforeCommit(() => table.cluster.primary.link.cut());
      });
      await expect(work).rejects.toThrow(CommitOutcomeUnknownError);
      await expect(work).rejects.toThrow(
        "COMMIT of the transaction 'paying' was sent, but its answer was lost",
      );
      expect(ran).toEqual(['unknown']);
      await table.cluster.primary.link.restore();
      await untilNothingIsOpen();
      expect(['', 'paid']).toContain(await lines());
    });

    it('is not sent on a connection that broke before: that is a rollback, and certain', async () => {
      const work = runInTransaction(async () => {
        await write('a');
        const { rows } = await table.pool.query('SELECT pg_backend_pid() AS pid');
        await table.cluster.primary.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']]);
        await expect(write('b')).rejects.toThrow(ConnectionLostError);
      });
      await expect(work).rejects.toThrow(ConnectionLostError);
      expect(await lines()).toBe('');
    });

    it('gives its session a position that covers it', async () => {
      const session = new Session();
      await session.run(() => runInTransaction(() => write('a')));
      expect(session.position?.systemId).toBe(table.pool.topology.primary?.systemId);
      expect(session.position?.timeline).toBe(1);
      await table.cluster.waitForReplication();
      const { rows } = await table.cluster.primary.query<{ covered: boolean }>(
        "SELECT $1::pg_lsn <= pg_current_wal_flush_lsn() AND $1::pg_lsn > '0/0' AS covered",
        [session.position?.log.toString()],
      );
      expect(rows[0]?.covered).toBe(true);
    });

    it('of a relaxed transaction promises no position', async () => {
      const session = new Session();
      await session.run(() =>
        runInTransaction({ durability: 'off', issuesToken: false }, async () => {
          const { rows } = await table.pool.query("SELECT current_setting('synchronous_commit') AS level");
          expect(rows[0]?.['level']).toBe('off');
        }),
      );
      expect(session.position).toBeUndefined();
    });
  });

  it('of a single statement whose answer is lost is reported as unknown, never as a failure', async () => {
    const written = table.pool.query("INSERT INTO line SELECT 'lost' FROM pg_sleep(1)");
    written.catch(() => undefined);
    await eventually('the server works on it', async () => {
      const sql = "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%lost%' AND wait_event = 'PgSleep'";
      return (await table.cluster.primary.query(sql)).rows.length === 1;
    });
    table.cluster.primary.link.cut();
    await expect(written).rejects.toThrow(WriteOutcomeUnknownError);
    await table.cluster.primary.link.restore();
    await untilNothingIsOpen();
    expect(['', 'lost']).toContain(await lines());
  });

  it.each([
    ['COMMIT', ['BEGIN', "INSERT INTO line VALUES ('late')"], 'COMMIT', CommitOutcomeUnknownError],
    [
      'write',
      ["SET application_name = 'bound'"],
      "INSERT INTO line VALUES ('late')",
      WriteOutcomeUnknownError,
    ],
  ])(
    'of the %s of a client is unknown when its request ends and the answer is lost',
    async (_, before, last, unknown) => {
      const limits = new RequestLimits(systemClock, 60_000);
      const client = await table.pool.connect();
      try {
        for (const statement of before) await client.query(statement);
        table.cluster.primary.link.cut();
        const sent = limits.apply(() => client.query(last));
        sent.catch(() => undefined);
        limits.abort();
        await expect(sent).rejects.toThrow(unknown);
      } finally {
        client.release(true);
        await table.cluster.primary.link.restore();
      }
      await untilNothingIsOpen();
    },
  );

  it('of one whose connection breaks is told at once, although its function never returns', async () => {
    const work = runInTransaction(async () => {
      const { rows } = await table.pool.query('SELECT pg_backend_pid() AS pid');
      await table.cluster.primary.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']]);
      await new Promise(() => undefined);
    });
    await expect(work).rejects.toThrow(ConnectionLostError);
  });

  it('of one that idles is a rollback by the server, and does not make the node suspect', async () => {
    const strict = await startPool(table.cluster, {
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
        pid = (await table.pool.query('SELECT pg_backend_pid() AS pid')).rows[0]?.['pid'];
        await table.pool.query('SELECT pg_sleep(60)');
      });
      await expect(work).rejects.toThrow(TransactionTimeoutError);
      await expect(work).rejects.toThrow("'slow' took longer than its limit of 300 ms");
      expect(performance.now() - startedAtMs).toBeLessThan(5000);
      await eventually('the backend is idle', async () => {
        const sql = "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND state = 'idle'";
        return (await table.cluster.primary.query(sql, [pid])).rows.length === 1;
      });
      await eventually('nothing is checked out', () =>
        table.pool.stats.every(({ open, idle }) => open === idle),
      );
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
      const impatient = await startPool(table.cluster, { transactionTimeoutMs: 200 });
      const work = impatient.transactions.run({}, () => new Promise(() => undefined));
      await expect(work).rejects.toThrow('its limit of 200 ms');
      await impatient.end();
    });
  });
});
