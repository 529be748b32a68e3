import type { DataSource } from 'typeorm';
import { ConfigurationError, runInTransaction, TransactionOptionsError } from '../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { openShop, type Shop } from './shop';
import { Item } from './shop.entities';

const LEVELS = ['READ UNCOMMITTED', 'READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] as const;

/** The level that PostgreSQL runs: it has no dirty reads. */
const asServer = (level: string) => (level === 'READ UNCOMMITTED' ? 'read committed' : level.toLowerCase());

async function levelOf(dataSource: Pick<DataSource, 'query'>): Promise<string> {
  const [row]: { level: string }[] = await dataSource.query(
    "SELECT replace(current_setting('transaction_isolation'), 'uncommitted', 'committed') AS level",
  );
  return row!.level;
}

describe('isolation', () => {
  let shop: Shop;
  let names = 0;
  const newName = () => `item ${(names += 1)}`;

  beforeAll(async () => {
    shop = await openShop();
  });

  afterAll(() => shop.close());

  it.each(LEVELS)('transaction(%s)', async (level) => {
    await shop.dataSource.transaction(level, async (manager) => {
      expect(await levelOf(manager)).toBe(asServer(level));
      await manager.save(Item, { name: newName() });
      await shop.items.save({ name: newName() });
    });
  });

  it.each(LEVELS)('startTransaction(%s) by hand, with a nested one', async (level) => {
    const runner = shop.dataSource.createQueryRunner();
    await runner.startTransaction(level);
    expect(await levelOf(runner)).toBe(asServer(level));
    await runner.startTransaction(level);
    await runner.manager.save(Item, { name: newName() });
    await runner.commitTransaction();
    await runner.commitTransaction();
    await runner.release();
  });

  it.each(LEVELS)(
    'startTransaction(%s) by hand inside a managed transaction of that level',
    async (level) => {
      const isolation = level === 'READ UNCOMMITTED' ? 'READ COMMITTED' : level;
      await runInTransaction({ isolation }, async () => {
        const runner = shop.dataSource.createQueryRunner();
        await runner.startTransaction(level);
        await runner.manager.save(Item, { name: newName() });
        await runner.commitTransaction();
        await runner.release();
      });
    },
  );

  it('a level that there is not is refused by TypeORM', async () => {
    const work = shop.dataSource.transaction('SNAPSHOT', async () => undefined);
    await expect(work).rejects.toThrow(/SNAPSHOT/);
  });

  describe.each(LEVELS)('with the option isolationLevel %s', (level) => {
    let other: Shop;

    beforeAll(async () => {
      other = await openShop({ isolationLevel: level });
    });

    afterAll(() => other.close());

    it('every way to begin has it', async () => {
      const manager = other.pool.transactions;
      const seen: string[] = [];
      const look = async () => void seen.push(await levelOf(other.dataSource));
      await other.dataSource.transaction(look);
      await runInTransaction({ manager }, look);
      const runner = other.dataSource.createQueryRunner();
      await runner.startTransaction();
      seen.push(await levelOf(runner));
      await runner.commitTransaction();
      await runner.release();
      expect(seen).toEqual([asServer(level), asServer(level), asServer(level)]);
    });

    it('save works, by itself and inside of transactions of any level', async () => {
      const save = () => other.items.save({ name: newName() });
      const manager = other.pool.transactions;
      await save();
      await runInTransaction({ manager }, save);
      await runInTransaction({ manager, isolation: 'REPEATABLE READ' }, async () => {
        await save();
        await other.dataSource.transaction(save);
        const runner = other.dataSource.createQueryRunner();
        await runner.startTransaction();
        await runner.manager.save(Item, { name: newName() });
        await runner.commitTransaction();
        await runner.release();
      });
      await other.dataSource.transaction('READ COMMITTED', save);
    });

    it('a second data source of the pool may say the same, and is refused if it says another', async () => {
      const make = (isolationLevel: (typeof LEVELS)[number]) =>
        new RoutedDataSource(routedDataSourceOptions(other.pool, { isolationLevel }));
      expect(() => make(level)).not.toThrow();
      const another = asServer(level) === 'serializable' ? 'REPEATABLE READ' : 'SERIALIZABLE';
      expect(() => make(another)).toThrow(ConfigurationError);
      expect(() => make(another)).toThrow(/isolationLevel is/);
    });
  });

  it('a level that the open transaction has not is refused, and both are named', async () => {
    const work = runInTransaction({ name: 'outer' }, async () => {
      const runner = shop.dataSource.createQueryRunner();
      await runner.startTransaction('SERIALIZABLE');
    });
    await expect(work).rejects.toMatchObject({ driverError: expect.any(TransactionOptionsError) as unknown });
  });
});
