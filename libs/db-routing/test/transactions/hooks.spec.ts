import { currentTransaction, runInTransaction } from '../../src';
import { useLines } from './lines';

describe('hooks of a transaction', () => {
  const table = useLines();
  const { lines, write } = table;

  it('run in the order in which they were added, of joined and kept nested scopes too', async () => {
    const ran: string[] = [];
    await runInTransaction(async () => {
      const outer = currentTransaction()!;
      outer.beforeCommit(() => ran.push('before 1'));
      outer.afterCommit(() => ran.push('after 1'));
      outer.afterCompletion((outcome) => ran.push(`completion ${outcome}`));
      outer.afterRollback(() => ran.push('never'));
      await runInTransaction(async () => currentTransaction()!.afterCommit(() => ran.push('after joined')));
      await runInTransaction({ propagation: 'NESTED' }, async () =>
        currentTransaction()!.afterCommit(() => ran.push('after nested')),
      );
      outer.beforeCommit(() => ran.push('before 2'));
      ran.push('work done');
    });
    expect(ran).toEqual([
      'work done',
      'before 1',
      'before 2',
      'after 1',
      'after joined',
      'after nested',
      'completion committed',
    ]);
  });

  it('of a nested scope that was rolled back are dropped', async () => {
    const ran: string[] = [];
    await runInTransaction(async () => {
      await runInTransaction({ propagation: 'NESTED' }, async () => {
        currentTransaction()!.beforeCommit(() => ran.push('dropped'));
        currentTransaction()!.afterCommit(() => ran.push('dropped'));
        throw new Error('undo');
      }).catch(() => undefined);
      currentTransaction()!.afterCommit(() => ran.push('kept'));
    });
    expect(ran).toEqual(['kept']);
  });

  it('beforeCommit may write, and may veto', async () => {
    const ran: string[] = [];
    await runInTransaction(async () => {
      currentTransaction()!.beforeCommit(() => write('by hook'));
    });
    const vetoed = runInTransaction(async () => {
      await write('vetoed');
      const transaction = currentTransaction()!;
      transaction.beforeCommit(() => {
        throw new Error('no');
      });
      transaction.afterCommit(() => ran.push('never'));
      transaction.afterRollback(() => ran.push('rolled back'));
      transaction.afterCompletion((outcome) => ran.push(outcome));
    });
    await expect(vetoed).rejects.toThrow('no');
    expect(ran).toEqual(['rolled back', 'rolled-back']);
    expect(await lines()).toBe('by hook');
  });

  it('after the outcome run outside of the transaction, and their statements are kept', async () => {
    await runInTransaction(async () => {
      await write('a');
      currentTransaction()!.afterCommit(async () => {
        expect(currentTransaction()).toBeUndefined();
        await write('b');
      });
    });
    await runInTransaction(async () => {
      currentTransaction()!.afterRollback(() => write('c'));
      throw new Error('undo');
    }).catch(() => undefined);
    expect(await lines()).toBe('a b c');
  });

  it('that fail after the commit are reported and change nothing', async () => {
    const reported: string[] = [];
    const listen = (error: unknown, hook: string, name: string) =>
      reported.push(`${name} ${hook} ${String(error)}`);
    table.pool.on('hookError', listen);
    await runInTransaction({ name: 'noted' }, async () => {
      await write('a');
      currentTransaction()!.afterCommit(() => {
        throw new Error('mail server is down');
      });
      currentTransaction()!.afterCommit(() => reported.push('the next one runs'));
    });
    table.pool.off('hookError', listen);
    expect(reported).toEqual(['noted afterCommit Error: mail server is down', 'the next one runs']);
    expect(await lines()).toBe('a');
  });
});
