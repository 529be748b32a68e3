import { PessimisticLockTransactionRequiredError, QueryFailedError } from 'typeorm';
import { runInTransaction, Transactional } from '../../src';
import { openShop, type Shop } from './shop';
import { Item } from './shop.entities';

const NEXT_ID = `SELECT split_part(next_xid, ':', 2)::int AS id FROM pg_control_checkpoint()`;

describe('query runners know their transaction', () => {
  let shop: Shop;
  let names = 0;
  const newName = () => `item ${(names += 1)}`;

  beforeAll(async () => {
    shop = await openShop({}, {}, { autovacuum: 'off' });
  });

  afterAll(() => shop.close());

  /**
   * How many subtransactions of the current transaction have written. The server numbers transactions and
   * subtransactions that write in one sequence, and nothing else writes meanwhile. A checkpoint records the
   * next number.
   */
  async function subtransactions(): Promise<number> {
    const [own]: { id: number }[] = await shop.dataSource.query(
      'SELECT pg_current_xact_id()::text::int AS id',
    );
    await shop.cluster.primary.query('CHECKPOINT');
    const { rows } = await shop.cluster.primary.query<{ id: number }>(NEXT_ID);
    return rows[0]!.id - own!.id - 1;
  }

  /** Whether a transaction holds a lock on the row. */
  async function isLocked(id: number): Promise<boolean> {
    const { rows } = await shop.cluster.primary.query(
      'SELECT id FROM item WHERE id = $1 FOR UPDATE SKIP LOCKED',
      [id],
    );
    return rows.length === 0;
  }

  const LOCKING: Record<string, (id: number) => Promise<unknown>> = {
    'findOne with a lock': (id) => shop.items.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } }),
    'setLock of a query builder': (id) =>
      shop.items.createQueryBuilder('i').setLock('pessimistic_write').where({ id }).getOne(),
    'getMany, nowait': (id) =>
      shop.items
        .createQueryBuilder('i')
        .setLock('pessimistic_write')
        .setOnLocked('nowait')
        .where({ id })
        .getMany(),
    'the manager': (id) =>
      shop.dataSource.manager.find(Item, { where: { id }, lock: { mode: 'for_no_key_update' } }),
    'getManyAndCount of a query builder': (id) =>
      shop.items.createQueryBuilder('i').setLock('pessimistic_read').where({ id }).getManyAndCount(),
  };

  const IN_TRANSACTION: Record<string, (work: () => Promise<unknown>) => Promise<unknown>> = {
    runInTransaction: (work) => runInTransaction(work),
    '@Transactional()': (work) => {
      class Service {
        @Transactional()
        run(): Promise<unknown> {
          return work();
        }
      }
      return new Service().run();
    },
    'dataSource.transaction': (work) => shop.dataSource.transaction(work),
    NESTED: (work) => runInTransaction(() => runInTransaction({ propagation: 'NESTED' }, work)),
  };

  describe.each(Object.keys(IN_TRANSACTION))('in %s', (way) => {
    it.each(Object.keys(LOCKING))('%s by an injected repository locks', async (locking) => {
      const { id } = await shop.items.save({ name: newName() });
      await IN_TRANSACTION[way]!(async () => {
        expect(await LOCKING[locking]!(id)).toBeTruthy();
        expect(await isLocked(id)).toBe(true);
      });
      expect(await isLocked(id)).toBe(false);
    });
  });

  it('outside of a transaction TypeORM refuses a lock, as ever', async () => {
    await expect(
      shop.items.findOne({ where: { id: 1 }, lock: { mode: 'pessimistic_write' } }),
    ).rejects.toThrow(PessimisticLockTransactionRequiredError);
  });

  it.each(['runInTransaction', '@Transactional()', 'dataSource.transaction'])(
    '100 saves in %s are no subtransaction',
    async (way) => {
      await IN_TRANSACTION[way]!(async () => {
        for (let n = 0; n < 100; n++) await shop.items.save({ name: newName() });
        expect(await subtransactions()).toBe(0);
      });
    },
  );

  it.each<[string, () => Promise<unknown>]>([
    ['remove', async () => shop.items.remove(await shop.items.save({ name: newName() }))],
    ['softRemove', async () => shop.items.softRemove(await shop.items.save({ name: newName() }))],
    ['recover', async () => shop.items.recover(await shop.items.save({ name: newName() }))],
    ['save of many', () => shop.items.save([{ name: newName() }, { name: newName() }], { chunk: 1 })],
    [
      "the manager's save in manager.transaction",
      () => shop.dataSource.manager.save(Item, { name: newName() }),
    ],
  ])('%s is none', async (_, work) => {
    await runInTransaction(async () => {
      await work();
      expect(await subtransactions()).toBe(0);
    });
  });

  it('a savepoint is there where one is asked for', async () => {
    await runInTransaction(async () => {
      await shop.dataSource.transaction(async (manager) => {
        await manager.save(Item, { name: newName() });
        expect(await subtransactions()).toBe(1);
        await manager.transaction(async (inner) => {
          await inner.save(Item, { name: newName() });
          expect(await subtransactions()).toBe(2);
        });
      });
    });
  });

  it('a save that fails aborts its transaction, and the next error says which statement it was', async () => {
    const name = newName();
    await shop.items.insert({ name });
    const work = runInTransaction(async () => {
      await expect(shop.items.save({ name })).rejects.toMatchObject({ driverError: { code: '23505' } });
      const next = await shop.items.find().catch((error: unknown) => error);
      expect(next).toBeInstanceOf(QueryFailedError);
      expect(next).toMatchObject({ driverError: { code: '25P02', cause: { code: '23505' } } });
      expect((next as Error).message).toMatch(/it was aborted by "INSERT INTO "item".*duplicate key/);
    });
    await expect(work).rejects.toMatchObject({ code: 'TRANSACTION_ROLLED_BACK', cause: { code: '23505' } });
  });

  it('so it does in a transaction begun by hand, and goes on from a savepoint', async () => {
    const name = newName();
    await shop.items.insert({ name });
    const runner = shop.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.startTransaction();
    await expect(runner.manager.save(Item, { name })).rejects.toThrow('duplicate key');
    await expect(runner.query('SELECT 1')).rejects.toThrow(/aborted by "INSERT INTO "item".*duplicate key/);
    await runner.rollbackTransaction();
    await runner.query('SELECT 1');
    await expect(runner.query('SELECT 1/0')).rejects.toThrow('division by zero');
    await expect(runner.query('SELECT 1')).rejects.toThrow(/aborted by "SELECT 1\/0"/);
    await expect(runner.commitTransaction()).rejects.toThrow(/answered COMMIT with ROLLBACK/);
    await runner.release();
  });

  it('after a nested scope was rolled back, an earlier failure is not blamed', async () => {
    const name = newName();
    await shop.items.insert({ name });
    await runInTransaction(async () => {
      const nested = shop.dataSource.transaction((manager) => manager.save(Item, { name }));
      await expect(nested).rejects.toThrow('duplicate key');
      await shop.items.save({ name: newName() });
      await expect(shop.dataSource.query('SELECT 1/0')).rejects.toThrow('division by zero');
      await expect(shop.dataSource.query('SELECT 1')).rejects.toThrow(/aborted by "SELECT 1\/0"/);
    }).catch(() => undefined);
  });

  it('a nested transaction that fails and is caught leaves the outer one usable', async () => {
    const [taken, kept] = [newName(), newName()];
    await shop.items.insert({ name: taken });
    await shop.dataSource.transaction(async (manager) => {
      await manager.save(Item, { name: kept });
      await expect(manager.transaction((inner) => inner.save(Item, { name: taken }))).rejects.toThrow(
        'duplicate',
      );
      await manager.update(Item, { name: kept }, { stock: 7 });
    });
    const found = await runInTransaction(() => shop.items.findOneByOrFail({ name: kept }));
    expect(found.stock).toBe(7);
  });

  it('isTransactionActive says what is so: outside, in a scope, and begun by hand', async () => {
    const runner = shop.dataSource.createQueryRunner();
    expect(runner.isTransactionActive).toBe(false);
    await runInTransaction(async () => {
      expect(runner.isTransactionActive).toBe(true);
      expect(shop.dataSource.createQueryRunner().isTransactionActive).toBe(true);
    });
    expect(runner.isTransactionActive).toBe(false);
    await runner.startTransaction();
    expect(runner.isTransactionActive).toBe(true);
    await runner.startTransaction();
    await runner.manager.save(Item, { name: newName() });
    await runner.rollbackTransaction();
    expect(runner.isTransactionActive).toBe(true);
    await runner.commitTransaction();
    expect(runner.isTransactionActive).toBe(false);
    await runner.release();
  });

  it('a query runner with a connection of its own keeps to that inside a managed transaction', async () => {
    const [own, managed] = [newName(), newName()];
    const runner = shop.dataSource.createQueryRunner();
    await runner.query('SELECT set_config($1, $2, false)', ['app.seen', 'yes']);
    const rolledBack = runInTransaction(async () => {
      expect(runner.isTransactionActive).toBe(false);
      await runner.manager.save(Item, { name: own });
      await shop.items.save({ name: managed });
      throw new Error('undone');
    });
    await expect(rolledBack).rejects.toThrow('undone');
    expect(await runner.query("SELECT current_setting('app.seen') AS seen")).toEqual([{ seen: 'yes' }]);
    const found = await runner.manager.findBy(Item, [{ name: own }, { name: managed }]);
    expect(found).toMatchObject([{ name: own }]);
    await runner.release();
  });

  it('`await using` ends what its runner has begun, and nothing else', async () => {
    const [kept, within] = [newName(), newName()];
    await runInTransaction(async () => {
      {
        await using runner = shop.dataSource.createQueryRunner();
        await runner.manager.save(Item, { name: kept });
      }
      await using runner = shop.dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.save(Item, { name: within });
    });
    const count = await runInTransaction(() => shop.items.countBy([{ name: kept }, { name: within }]));
    expect(count).toBe(2);
  });

  it('save without a transaction, where that is asked for', async () => {
    const name = newName();
    await shop.items.save({ name }, { transaction: false });
    expect(await runInTransaction(() => shop.items.findOneBy({ name }))).not.toBeNull();
  });
});
