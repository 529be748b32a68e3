import {
  currentTransaction,
  runInTransaction,
  TransactionEndedError,
  TransactionScopeUnfinishedError,
} from '../../../src';
import { eventually } from '../../support';
import { useLines } from '../lines';

describe('concurrent work in scopes of transactions', () => {
  const table = useLines({
    // 500 transactions share 10 connections, so the last ones wait long.
    pool: { acquireTimeoutMs: 60_000 },
  });
  const { lines, write } = table;

  describe('work that outlives its scope', () => {
    it('gets an error that names the scope that started it, never another connection', async () => {
      let escaped: Promise<unknown> = Promise.resolve();
      let letGo: () => void = () => undefined;
      const later = new Promise<void>((resolve) => (letGo = resolve));
      await runInTransaction({ name: 'placing' }, async () => {
        await write('a');
        escaped = later.then(() => write('too late'));
      });
      letGo();
      await expect(escaped).rejects.toThrow(TransactionEndedError);
      await expect(escaped).rejects.toThrow("the transaction scope 'placing' has ended (committed)");
      expect(await lines()).toBe('a');
    });

    it('is told the name of the inner scope, while the outer one is still open', async () => {
      let escaped: Promise<unknown> = Promise.resolve();
      await runInTransaction({ name: 'outer' }, async () => {
        let letGo: () => void = () => undefined;
        await runInTransaction({ name: 'inner' }, async () => {
          escaped = new Promise<void>((resolve) => (letGo = resolve)).then(() => write('too late'));
        });
        letGo();
        await expect(escaped).rejects.toThrow("the transaction scope 'inner' has ended");
        await write('in time');
      });
      expect(await lines()).toBe('in time');
    });

    it('may run a transaction of its own', async () => {
      let escaped: Promise<unknown> = Promise.resolve();
      await runInTransaction(async () => {
        await write('a');
        escaped = new Promise((resolve) => setImmediate(resolve)).then(() =>
          runInTransaction({ propagation: 'REQUIRES_NEW' }, () => write('b')),
        );
      });
      await escaped;
      expect(await lines()).toBe('a b');
    });

    it('is an error of the transaction when it is a nested one: nothing of it is committed', async () => {
      let nested: Promise<unknown> = Promise.resolve();
      const outer = runInTransaction({ name: 'outer' }, async () => {
        await write('a');
        nested = runInTransaction({ name: 'forgotten', propagation: 'NESTED' }, async () => {
          await write('b');
          await new Promise((resolve) => setTimeout(resolve, 50));
          await write('c');
        });
        nested.catch(() => undefined);
      });
      await expect(outer).rejects.toThrow(TransactionScopeUnfinishedError);
      await expect(outer).rejects.toThrow(
        "'outer' ended while the scope 'forgotten' inside it was still open",
      );
      await expect(nested).rejects.toThrow(TransactionEndedError);
      expect(await lines()).toBe('');
    });
  });

  describe('parallel statements', () => {
    it('run in order on the one connection, without the deprecated queue of the driver', async () => {
      const warnings: Error[] = [];
      const listen = (warning: Error) => warnings.push(warning);
      process.on('warning', listen);
      const pids = await runInTransaction(() =>
        Promise.all([
          table.pool.query('SELECT pg_backend_pid() AS pid'),
          write('1'),
          table.pool.query('SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM line) AS n'),
          write('2'),
          table.pool.query('SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM line) AS n'),
        ]),
      );
      await new Promise((resolve) => setImmediate(resolve));
      process.off('warning', listen);
      expect(pids[2].rows[0]?.['n']).toBe(1);
      expect(pids[4].rows[0]?.['n']).toBe(2);
      expect(
        new Set([pids[0], pids[2], pids[4]].map((result) => result.rows[0]?.['pid'] as number)).size,
      ).toBe(1);
      expect(warnings).toEqual([]);
    });

    it('wait for a nested scope, so that its rollback takes only its own', async () => {
      await runInTransaction(() =>
        Promise.allSettled([
          runInTransaction({ propagation: 'NESTED' }, async () => {
            await write('nested');
            await new Promise((resolve) => setTimeout(resolve, 20));
            throw new Error('undo');
          }),
          write('beside'),
          runInTransaction({ propagation: 'NESTED' }, () => write('next')),
        ]),
      );
      expect(await lines()).toBe('beside next');
    });
  });

  it('500 interleaved transactions each see only their own', async () => {
    const wrong: string[] = [];
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        runInTransaction({ name: `request ${n}`, timeoutMs: 60_000 }, async () => {
          const id = currentTransaction()!.id;
          await table.pool.query("SELECT set_config('my.request', $1, true)", [String(n)]);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
          const { rows } = await table.pool.query(
            "SELECT current_setting('my.request') AS n, pg_backend_pid() AS pid",
          );
          if (rows[0]?.['n'] !== String(n)) wrong.push(`${n} saw ${String(rows[0]?.['n'])}`);
          if (currentTransaction()?.id !== id) wrong.push(`${n} is in another transaction`);
          if (n % 3 === 0) throw new Error('undo');
          await write(String(n).padStart(3, '0'));
        }).catch((error: unknown) => {
          if ((error as Error).message !== 'undo') wrong.push(`${n}: ${String(error)}`);
        }),
      ),
    );
    expect(wrong).toEqual([]);
    expect((await lines()).split(' ')).toEqual(
      Array.from({ length: 500 }, (_, n) => n)
        .filter((n) => n % 3 !== 0)
        .map((n) => String(n).padStart(3, '0')),
    );
    await eventually('no transaction is open', async () => {
      const { rows } = await table.cluster.primary.query(
        "SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in%'",
      );
      return rows.length === 0;
    });
  });
});
