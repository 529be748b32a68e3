import Cursor from 'pg-cursor';
import { ReadOnlyTransactionError, runInTransaction } from '../../src';
import { RouteTrace } from '../../src/routing/route-trace';
import { useLines } from './lines';

describe('a read-only transaction', () => {
  const table = useLines({ cluster: { replicas: 1 }, pool: { maxStalenessMs: 5000 } });
  const { write } = table;

  const whereItRuns = async (options: Parameters<typeof runInTransaction>[0]) => {
    // A replica that lacks this pool's writes is passed over.
    await table.cluster.waitForReplication();
    const trace = new RouteTrace();
    await trace.record(() =>
      runInTransaction(options as object, () => table.pool.query('SELECT count(*) FROM line')),
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
    // The TRUNCATE before this test takes a lock during replay, too, and would wait behind the transaction.
    await table.cluster.waitForReplication();
    await runInTransaction({ readOnly: true, isolation: 'REPEATABLE READ' }, async () => {
      const before = await table.pool.query('SELECT count(*)::int AS n FROM line');
      await table.cluster.primary.query("INSERT INTO line VALUES ('meanwhile')");
      await table.cluster.waitForReplication();
      const after = await table.pool.query('SELECT count(*)::int AS n FROM line');
      expect(after.rows).toEqual(before.rows);
    });
    await expect(table.pool.query('SELECT count(*)::int AS n FROM line')).resolves.toMatchObject({
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
      runInTransaction({ readOnly: true }, () => table.pool.query("SELECT setval('nowhere', 1)")),
    ).rejects.toThrow();
  });

  it('refuses an advisory lock, which on a replica keeps no other session out', async () => {
    const text = 'SELECT pg_try_advisory_xact_lock(7) AS isMine';
    await expect(runInTransaction({ readOnly: true }, () => table.pool.query(text))).rejects.toThrow(
      ReadOnlyTransactionError,
    );
    const cursor = runInTransaction({ readOnly: true }, () => table.pool.query(new Cursor(text)).read(1));
    await expect(cursor).rejects.toThrow(ReadOnlyTransactionError);
    // These never run on a replica.
    const onPrimary = { readOnly: true, isolation: 'SERIALIZABLE' } as const;
    expect((await runInTransaction(onPrimary, () => table.pool.query(text))).rows).toEqual([
      { ismine: true },
    ]);
    const client = await table.pool.connect();
    await client.query('BEGIN READ ONLY');
    expect((await client.query(text)).rows).toEqual([{ ismine: true }]);
    client.release();
  });
});
