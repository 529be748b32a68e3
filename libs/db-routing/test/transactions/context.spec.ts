import { once } from 'node:events';
import { Query } from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { currentTransaction, runInTransaction, Session } from '../../src';
import { eventually, startPool } from '../support';
import { useLines } from './lines';

describe('the context of events and callbacks', () => {
  // Its connections are opened in another context than that of the transactions that use them.
  const table = useLines({ pool: { maxConnectionsPerNode: 2 } });
  const { lines } = table;

  const NUMBERS = 'SELECT n FROM generate_series(1, 300) AS n';

  it("a stream's listeners write in the transaction that reads the stream", async () => {
    const work = runInTransaction({ name: 'reading' }, async () => {
      const stream = table.pool.query(new QueryStream(NUMBERS));
      const writes: Promise<unknown>[] = [];
      const names = new Set<string | undefined>();
      stream.on('data', ({ n }: { n: number }) => {
        names.add(currentTransaction()?.name);
        if (n % 100 === 0) writes.push(table.pool.query('INSERT INTO line VALUES ($1)', [String(n)]));
      });
      stream.on('close', () => names.add(currentTransaction()?.name));
      await once(stream, 'close');
      await Promise.all(writes);
      expect([...names]).toEqual(['reading']);
      expect((await table.pool.query('SELECT who FROM line')).rows).toHaveLength(3);
      throw new Error('undo');
    });
    await expect(work).rejects.toThrow('undo');
    expect(await lines()).toBe('');
  });

  it('a stream that is left early closes in it', async () => {
    await runInTransaction({ name: 'leaving' }, async () => {
      const stream = table.pool.query(new QueryStream(NUMBERS, [], { batchSize: 2 }));
      const closed = new Promise<string | undefined>((resolve) =>
        stream.on('close', () => resolve(currentTransaction()?.name)),
      );
      stream.once('data', () => stream.destroy());
      expect(await closed).toBe('leaving');
    });
  });

  it("a cursor's and a query's callbacks run in it", async () => {
    await runInTransaction({ name: 'calling' }, async () => {
      const names: (string | undefined)[] = [];
      const note = (done: () => void) => () => {
        names.push(currentTransaction()?.name);
        done();
      };
      const cursor = table.pool.query(new Cursor(NUMBERS));
      await new Promise<void>((resolve) => cursor.read(1, note(resolve)));
      await new Promise<void>((resolve) => cursor.read(1, note(resolve)));
      await new Promise<void>((resolve) => cursor.close(note(resolve)));
      await new Promise<void>((resolve) => table.pool.query(new Query('SELECT 1', note(resolve) as never)));
      expect(names).toEqual(['calling', 'calling', 'calling', 'calling']);
    });
  });

  it('of the pool belong to no request: a change that a statement has brought about is heard outside of its transaction', async () => {
    // Its first connection is made inside the transaction.
    const fresh = await startPool(table.cluster);
    const heard: unknown[] = [];
    const kept: Promise<unknown>[] = [];
    fresh.on('nodeChange', () => {
      heard.push(fresh.transactions.currentScope?.name ?? Session.current());
      kept.push(fresh.query('INSERT INTO line VALUES ($1)', [`change ${heard.length}`]));
    });
    const work = new Session().run(() =>
      runInTransaction({ name: 'broken', manager: fresh.transactions }, async () => {
        const { rows } = await fresh.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await table.cluster.primary.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
        await fresh.query('SELECT 1');
      }),
    );
    await expect(work).rejects.toThrow();
    await eventually('it is suspect, and up again', () => heard.length === 2);
    expect(heard).toEqual([undefined, undefined]);
    await Promise.all(kept);
    await fresh.end();
    expect(await lines()).toBe('change 1 change 2');
  });
});
