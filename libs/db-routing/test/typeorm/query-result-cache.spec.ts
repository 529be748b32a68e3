import { runInTransaction } from '../../src';
import { routedDataSourceOptions } from '../../src/typeorm';
import { openShop, type Shop } from './shop';

describe("TypeORM's cache of results, in a table", () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await openShop({ cache: true });
    await shop.items.save({ name: 'one', stock: 1 });
    await shop.cluster.waitForReplication();
  });

  beforeEach(async () => {
    await shop.dataSource.queryResultCache?.clear();
    await shop.cluster.waitForReplication();
  });

  afterAll(() => shop.close());

  const find = () => shop.items.find({ cache: { id: 'items', milliseconds: 60_000 } });
  const build = () => shop.items.createQueryBuilder('i').cache(60_000).getMany();

  async function cached(): Promise<number> {
    const { rows } = await shop.cluster.primary.query('SELECT id FROM "query-result-cache"');
    return rows.length;
  }

  it.each<[string, () => Promise<unknown>]>([
    ['find', find],
    ['a query builder', build],
    ['count', () => shop.items.findAndCount({ cache: true })],
  ])('%s in a read-only transaction works, and writes nothing', async (_, read) => {
    expect(await runInTransaction({ readOnly: true }, read)).toBeTruthy();
    expect(await runInTransaction({ readOnly: true, isolation: 'SERIALIZABLE' }, read)).toBeTruthy();
    expect(await cached()).toBe(0);
  });

  it('a read-only transaction is served from it', async () => {
    await find();
    await shop.cluster.waitForReplication();
    await shop.cluster.primary.query('UPDATE item SET stock = 2');
    try {
      await shop.cluster.waitForReplication();
      expect(await runInTransaction({ readOnly: true }, find)).toMatchObject([{ stock: 1 }]);
    } finally {
      await shop.cluster.primary.query('UPDATE item SET stock = 1');
    }
  });

  it('outside of a transaction it is filled, used and cleared', async () => {
    await find();
    expect(await cached()).toBe(1);
    await shop.cluster.waitForReplication();
    await find();
    expect(await cached()).toBe(1);
    await shop.dataSource.queryResultCache?.remove(['items']);
    expect(await cached()).toBe(0);
  });

  it('in a transaction it is filled with it, or not at all', async () => {
    await runInTransaction(find);
    expect(await cached()).toBe(1);
    await shop.dataSource.queryResultCache?.clear();
    const failed = shop.dataSource.transaction(async () => {
      await find();
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    expect(await cached()).toBe(0);
  });

  it("a provider of one's own is left alone", () => {
    const provider = () => ({}) as never;
    expect(routedDataSourceOptions(shop.pool, { cache: { provider } }).cache).toEqual({ provider });
    expect(routedDataSourceOptions(shop.pool, { cache: { type: 'redis' } }).cache).toEqual({ type: 'redis' });
  });
});
