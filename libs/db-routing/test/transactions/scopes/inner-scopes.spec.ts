import { runInTransaction, TransactionOptionsError, TransactionRolledBackError } from '../../../src';
import { useLines } from '../lines';

describe('a scope inside another', () => {
  const { lines, write } = useLines();

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
});
