import type { PostgresCluster } from '@app/postgres-cluster';
import {
  currentTransaction,
  type RoutedPool,
  runInTransaction,
  Transactional,
  TransactionEndedError,
  TransactionOptionsError,
  TransactionRolledBackError,
  TransactionScopeUnfinishedError,
} from '../../src';
import { eventually, startPool } from '../support';
import { startCluster } from '../test-cluster';

describe('scopes of a transaction', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    // 500 transactions share 10 connections, so the last ones wait long.
    pool = await startPool(cluster, { acquireTimeoutMs: 60_000 });
    await pool.query('CREATE TABLE line (who text UNIQUE)');
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
          pool.query('SELECT pg_backend_pid() AS pid'),
          write('1'),
          pool.query('SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM line) AS n'),
          write('2'),
          pool.query('SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM line) AS n'),
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

  describe('nesting', () => {
    it('goes as deep as it is asked to, each level undone alone', async () => {
      await runInTransaction(async () => {
        await write('1');
        await runInTransaction({ propagation: 'NESTED' }, async () => {
          await write('2');
          await runInTransaction({ propagation: 'NESTED' }, async () => {
            await write('3');
            throw new Error('undo 3');
          }).catch(() => undefined);
          await write('4');
        });
      });
      expect(await lines()).toBe('1 2 4');
    });

    it('recovers from a failed statement', async () => {
      await write('taken');
      await runInTransaction(async () => {
        await write('1');
        await expect(runInTransaction({ propagation: 'NESTED' }, () => write('taken'))).rejects.toMatchObject(
          { code: '23505' },
        );
        await write('2');
      });
      expect(await lines()).toBe('1 2 taken');
    });

    it('a scope that joined the nested one and failed undoes only that', async () => {
      await runInTransaction(async () => {
        await write('1');
        const nested = runInTransaction({ propagation: 'NESTED', name: 'nested' }, async () => {
          await write('2');
          await runInTransaction({ name: 'joined' }, async () => {
            throw new Error('no');
          }).catch(() => undefined);
        });
        await expect(nested).rejects.toThrow(TransactionRolledBackError);
        await expect(nested).rejects.toThrow(
          "'nested' was rolled back: the scope 'joined' that had joined it failed",
        );
      });
      expect(await lines()).toBe('1');
    });
  });

  describe('joining with other options', () => {
    it.each([
      [{ isolation: 'SERIALIZABLE' }, {}, 'isolation SERIALIZABLE', 'isolation READ COMMITTED'],
      [
        { isolation: 'READ COMMITTED' },
        { isolation: 'REPEATABLE READ' },
        'isolation READ COMMITTED',
        'isolation REPEATABLE READ',
      ],
      [{ readOnly: false }, { readOnly: true }, 'readOnly false', 'readOnly true'],
      [
        { durability: 'remote_apply' },
        { durability: 'local' },
        'durability remote_apply',
        'durability local',
      ],
      [{ durability: 'local' }, {}, 'durability local', "durability the server's default"],
    ] as const)('%j inside %j is refused: both are named', async (inner, outer, asked, open) => {
      const work = runInTransaction({ name: 'outer', ...outer }, () =>
        runInTransaction({ name: 'inner', ...inner }, async () => 1),
      );
      await expect(work).rejects.toThrow(TransactionOptionsError);
      await expect(work).rejects.toThrow(
        `'inner' asks for ${asked}, but the open transaction 'outer' has ${open}`,
      );
    });

    it.each([
      [{ isolation: 'REPEATABLE READ' }, { isolation: 'REPEATABLE READ' }],
      [{ readOnly: true }, {}],
      [{}, { readOnly: true }],
      [{ timeoutMs: 5 }, { timeoutMs: 5000 }],
      [{ retry: { attempts: 2 } }, {}],
    ] as const)('%j inside %j is fine', async (inner, outer) => {
      await expect(runInTransaction(outer, () => runInTransaction(inner, async () => 1))).resolves.toBe(1);
    });
  });

  describe('the decorator', () => {
    class Desk {
      @Transactional()
      async place(who: string): Promise<string> {
        await write(who);
        if (who === 'bad') throw new Error('no');
        return currentTransaction()!.name;
      }

      @Transactional({ propagation: 'MANDATORY', name: 'must be inside' })
      async inside(): Promise<void> {
        await write('inside');
      }
    }

    it('commits, rolls back, names the method, keeps this and the arguments', async () => {
      const desk = new Desk();
      expect(await desk.place('a')).toBe('Desk.place');
      await expect(desk.place('bad')).rejects.toThrow('no');
      await expect(desk.inside()).rejects.toThrow("'must be inside' has propagation MANDATORY");
      expect(await lines()).toBe('a');
      expect(Desk.prototype.place.name).toBe('place');
    });
  });

  it('500 interleaved transactions each see only their own', async () => {
    const wrong: string[] = [];
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        runInTransaction({ name: `request ${n}`, timeoutMs: 60_000 }, async () => {
          const id = currentTransaction()!.id;
          await pool.query("SELECT set_config('my.request', $1, true)", [String(n)]);
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
          const { rows } = await pool.query(
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
      const { rows } = await cluster.primary.query(
        "SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in%'",
      );
      return rows.length === 0;
    });
  });
});
