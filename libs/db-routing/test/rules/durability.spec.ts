import { Query } from 'pg';
import { type RoutedClient, runInTransaction, Session, withRoutingAttributes } from '../../src';
import { useRulesLab } from './rules-lab';

describe('routing rules on durability', () => {
  const lab = useRulesLab();
  const { underRules } = lab;

  const transact = <T>(fn: () => Promise<T>, options: { name?: string } = {}) =>
    runInTransaction({ ...options, manager: lab.pool.transactions }, fn);
  const durability = async () =>
    (await lab.pool.query('SHOW synchronous_commit')).rows[0]?.['synchronous_commit'] as string;
  const count = (table: string, id: number) => `UPDATE ${table} SET id = id WHERE id = ${id}`;

  it('of a transaction by hand, whether a text or a query object begins it, on a free or a bound client', async () => {
    underRules({ match: { handler: 'ViewController.*' }, durability: 'local' });
    const inHandler = (work: () => Promise<unknown>) =>
      withRoutingAttributes({ handler: 'ViewController.show' }, work);
    const begin = (client: RoutedClient, how: 'text' | 'object') =>
      how === 'text'
        ? client.query('BEGIN')
        : new Promise((resolve, reject) => {
            client.query(
              new Query('BEGIN', (error: Error | undefined, result: unknown) =>
                error ? reject(error) : resolve(result),
              ),
            );
          });
    for (const how of ['text', 'object'] as const) {
      for (const isBound of [false, true]) {
        const client = await lab.pool.connect();
        await inHandler(async () => {
          if (isBound) await client.query('SET LOCAL search_path TO public');
          await begin(client, how);
          const { rows } = await client.query<{ synchronous_commit: string }>('SHOW synchronous_commit');
          expect([how, isBound, rows[0]?.synchronous_commit]).toEqual([how, isBound, 'local']);
          await client.query('ROLLBACK');
        });
        client.release();
      }
    }
  });

  it('by the name of the transaction or its handler, where the scope names none', async () => {
    underRules(
      { match: { transaction: 'CountView.*' }, durability: 'off' },
      { match: { handler: 'ViewController.*' }, durability: 'local' },
      { match: { transaction: 'PlaceOrder.*' }, durability: 'remote_apply' },
    );
    const hasPosition: boolean[] = [];
    const inSession = async (work: () => Promise<unknown>) => {
      const session = new Session();
      const result = await session.run(work);
      hasPosition.push(session.position !== undefined);
      return result;
    };
    expect(await inSession(() => transact(durability, { name: 'CountView.execute' }))).toBe('off');
    expect(await inSession(() => transact(durability, { name: 'PlaceOrder.execute' }))).toBe('remote_apply');
    expect(await inSession(() => transact(durability, { name: 'Other' }))).toBe('on');
    const handled = inSession(() =>
      withRoutingAttributes({ handler: 'ViewController.show' }, () => transact(durability)),
    );
    expect(await handled).toBe('local');
    const named = await inSession(() =>
      runInTransaction(
        { name: 'CountView.execute', durability: 'on', manager: lab.pool.transactions },
        durability,
      ),
    );
    expect(named).toBe('on');
    // A commit that may be lost has no position to promise; the others have one.
    expect(hasPosition).toEqual([false, true, true, true, true]);
  });

  it('by the tables it writes to: the first write settles it, later ones only raise it', async () => {
    underRules(
      { match: { table: 'views' }, durability: 'local' },
      { match: { table: 'orders' }, durability: 'remote_apply' },
    );
    const after = (...statements: string[]) =>
      transact(async () => {
        const seen: string[] = [];
        for (const statement of statements) {
          await lab.pool.query(statement);
          seen.push(await durability());
        }
        return seen;
      });
    expect(await after(count('views', 1))).toEqual(['local']);
    expect(await after(count('views', 1), count('orders', 1), count('views', 2))).toEqual([
      'local',
      'remote_apply',
      'remote_apply',
    ]);
    expect(await after(count('orders', 1), count('views', 1))).toEqual(['remote_apply', 'remote_apply']);
    expect(await after(count('products', 1), count('views', 1))).toEqual(['on', 'on']);
    expect(await after(count('views', 1), count('products', 1))).toEqual(['local', 'on']);
    expect(await after('SELECT 1 FROM views', count('products', 1))).toEqual(['on', 'on']);
    expect(await durability()).toBe('on');
  });

  it('holds for a write that follows one whose savepoint was rolled back', async () => {
    underRules({ match: { table: 'views' }, durability: 'local' });
    const seen = await transact(async () => {
      await lab.pool.query(count('views', 1));
      const nested = runInTransaction({ propagation: 'NESTED', manager: lab.pool.transactions }, async () => {
        await lab.pool.query(count('orders', 1));
        throw new Error('on purpose');
      });
      await expect(nested).rejects.toThrow('on purpose');
      await lab.pool.query(count('orders', 2));
      return durability();
    });
    expect(seen).toBe('on');
  });
});
