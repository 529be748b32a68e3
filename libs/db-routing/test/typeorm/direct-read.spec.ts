import { QueryFailedError } from 'typeorm';
import { runInTransaction } from '../../src';
import { openShop, type Shop } from './shop';

/** TypeORM's own way is a query runner with a client of its own for each statement. */
describe('a read by query() of a data source, a manager or a repository', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await openShop({}, { readConsistency: 'strong' });
  });
  afterAll(() => shop.close());

  async function byRunner(text: string, values?: unknown[]): Promise<unknown> {
    const runner = shop.dataSource.createQueryRunner();
    try {
      return (await runner.query(text, values)) as unknown;
    } finally {
      await runner.release();
    }
  }

  it.each<[string, unknown[] | undefined]>([
    ['SELECT 1 AS one, $1::text AS text', ['a']],
    ['SELECT 1 WHERE false', undefined],
    [' with made as (SELECT 2 AS two) SELECT * FROM made', undefined],
    [
      'WITH made AS (SELECT $1::text AS x) UPDATE item SET stock = 0 FROM made WHERE name = x RETURNING id',
      ['x'],
    ],
    ['WITH made AS (SELECT $1::text AS x) DELETE FROM item USING made WHERE name = x', ['x']],
  ])('has the result of %s as by a query runner', async (text, values) => {
    const expected = await byRunner(text, values);
    for (const by of [shop.dataSource, shop.dataSource.manager, shop.items]) {
      expect(await by.query(text, values)).toEqual(expected);
    }
  });

  it('fails as by a query runner', async () => {
    const text = 'SELECT 1 / $1::int';
    const expected = (await byRunner(text, [0]).catch((error: unknown) => error)) as QueryFailedError;
    const error = (await shop.items.query(text, [0]).catch((error: unknown) => error)) as QueryFailedError;
    expect(error).toBeInstanceOf(QueryFailedError);
    expect(error).toMatchObject({ message: expected.message, code: '22012', query: text, parameters: [0] });
    await expect(shop.dataSource.query('SELECT 1', { a: 1 } as never)).rejects.toThrow('named');
  });

  it.each<[string, unknown[]]>([
    ['SELECT name FROM item WHERE stock >= $1', [0]],
    [
      'INSERT INTO item (name, stock) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name, stock',
      ['direct', 3],
    ],
    ['UPDATE item SET stock = stock + $1', [1]],
    ['DELETE FROM item WHERE stock < $1 RETURNING name', [1_000]],
  ])('has, in a transaction and without a client, the result of %s with one', async (text, values) => {
    const results: unknown[] = [];
    for (const hasClient of [true, false]) {
      const undone = runInTransaction(async () => {
        const runner = shop.dataSource.createQueryRunner();
        if (hasClient) await runner.connect();
        results.push([await runner.query(text, values, true), await runner.query(text, values)]);
        await runner.release();
        await expect(runner.query(text, values)).rejects.toThrow('released');
        throw new Error('roll back');
      });
      await expect(undone).rejects.toThrow('roll back');
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('belongs to the transaction that it runs in', async () => {
    const own = 'SELECT pg_backend_pid() AS pid';
    await runInTransaction(async () => {
      const [first] = await shop.items.query<{ pid: number }[]>(own);
      const [second] = await shop.dataSource.query<{ pid: number }[]>(own);
      expect(second).toEqual(first);
    });
  });
});
