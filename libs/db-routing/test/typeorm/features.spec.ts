import { runInTransaction } from '../../src';
import { openShop, type Shop } from './shop';
import { Category, Item } from './shop.entities';

/** Everyday uses of TypeORM, in each kind of transaction and outside any. */
describe("TypeORM's features", () => {
  let shop: Shop;
  let names = 0;
  const newName = () => `item ${(names += 1)}`;

  beforeAll(async () => {
    shop = await openShop({}, { readConsistency: 'strong' });
  });

  afterAll(() => shop.close());

  const WAYS: Record<string, (work: () => Promise<void>) => Promise<unknown>> = {
    outside: (work) => work(),
    'in a managed transaction': (work) => runInTransaction(work),
    'in dataSource.transaction': (work) => shop.dataSource.transaction(work),
    'in a nested scope': (work) => runInTransaction(() => runInTransaction({ propagation: 'NESTED' }, work)),
  };

  const FEATURES: Record<string, () => Promise<void>> = {
    'increment and decrement': async () => {
      const { id } = await shop.items.save({ name: newName(), stock: 5 });
      await shop.items.increment({ id }, 'stock', 3);
      await shop.items.decrement({ id }, 'stock', 1);
      expect((await shop.items.findOneByOrFail({ id })).stock).toBe(7);
    },
    upsert: async () => {
      const name = newName();
      await shop.items.upsert({ name, stock: 1 }, ['name']);
      await shop.items.upsert([{ name, stock: 2 }], { conflictPaths: ['name'] });
      expect(await shop.items.findBy({ name })).toMatchObject([{ stock: 2 }]);
    },
    'softDelete, restore, softRemove and recover': async () => {
      const item = await shop.items.save({ name: newName() });
      await shop.items.softDelete(item.id);
      expect(await shop.items.findOneBy({ id: item.id })).toBeNull();
      expect(await shop.items.findOne({ where: { id: item.id }, withDeleted: true })).not.toBeNull();
      await shop.items.restore(item.id);
      await shop.items.softRemove(item);
      await shop.items.recover(item);
      expect(await shop.items.existsBy({ id: item.id })).toBe(true);
    },
    'findAndCount, exists, sum and pagination': async () => {
      const stock = 1000 + names;
      await shop.items.insert([1, 2, 3].map(() => ({ name: newName(), stock })));
      const [found, count] = await shop.items.findAndCount({
        where: { stock },
        take: 2,
        order: { id: 'ASC' },
      });
      expect([found.length, count]).toEqual([2, 3]);
      expect(await shop.items.sum('stock', { stock })).toBe(3 * stock);
      expect(await shop.items.exists({ where: { stock } })).toBe(true);
    },
    'a stream': async () => {
      const name = newName();
      await shop.items.insert({ name });
      const stream = await shop.items.createQueryBuilder('i').where({ name }).stream();
      const rows: unknown[] = [];
      for await (const row of stream) rows.push(row);
      expect(rows).toHaveLength(1);
    },
    'manager.query and dataSource.sql': async () => {
      const name = newName();
      await shop.dataSource.manager.query('INSERT INTO item (name) VALUES ($1)', [name]);
      expect(await shop.dataSource.sql`SELECT name FROM item WHERE name = ${name}`).toEqual([{ name }]);
    },
    'a tree': async () => {
      const trees = shop.dataSource.getTreeRepository(Category);
      const root = await trees.save({ name: newName() });
      const leaf = await trees.save({ name: newName(), parent: root });
      expect(await trees.findDescendants(root)).toHaveLength(2);
      expect((await trees.findDescendantsTree(root)).children).toMatchObject([{ id: leaf.id }]);
      expect(await trees.countAncestors(leaf)).toBe(2);
    },
    'a query runner by hand, nested': async () => {
      const [kept, undone] = [newName(), newName()];
      const runner = shop.dataSource.createQueryRunner();
      await runner.connect();
      await runner.startTransaction();
      await runner.manager.save(Item, { name: kept });
      await runner.startTransaction();
      await runner.manager.save(Item, { name: undone });
      expect(await runner.manager.countBy(Item, { name: undone })).toBe(1);
      await runner.rollbackTransaction();
      await runner.commitTransaction();
      await runner.release();
      expect(await shop.items.findBy([{ name: kept }, { name: undone }])).toMatchObject([{ name: kept }]);
    },
    'update, delete and remove': async () => {
      const item = await shop.items.save({ name: newName() });
      expect((await shop.items.update(item.id, { stock: 9 })).affected).toBe(1);
      await shop.items.remove(item);
      const { id } = await shop.items.save({ name: newName() });
      expect((await shop.items.delete(id)).affected).toBe(1);
    },
  };

  describe.each(Object.keys(WAYS))('%s', (way) => {
    it.each(Object.keys(FEATURES))('%s', async (feature) => {
      await WAYS[way]!(FEATURES[feature]!);
    });
  });
});
