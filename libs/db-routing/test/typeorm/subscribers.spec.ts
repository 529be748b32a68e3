import {
  type DataSource,
  type EntityManager,
  type EntitySubscriberInterface,
  EventSubscriber,
  type InsertEvent,
  type QueryRunner,
} from 'typeorm';
import { runInTransaction } from '../../src';
import { openShop, type Shop } from './shop';
import { Item } from './shop.entities';

interface Told {
  readonly event: string;
  readonly runner: QueryRunner;
  /** Number of this runner's items that are committed, read outside any transaction. */
  readonly committed: number;
}

let told: Told[] = [];
let inserted = new Map<QueryRunner, string[]>();
let committedOf: (names: readonly string[]) => Promise<number> = async () => 0;
let onEvent: (event: string, manager: EntityManager) => Promise<unknown> = async () => undefined;

interface TransactionEvent {
  readonly queryRunner: QueryRunner;
  readonly manager: EntityManager;
}

@EventSubscriber()
class Listener implements EntitySubscriberInterface<Item> {
  listenTo(): typeof Item {
    return Item;
  }

  afterInsert({ queryRunner, entity }: InsertEvent<Item>): void {
    inserted.set(queryRunner, [...(inserted.get(queryRunner) ?? []), entity.name]);
  }

  beforeTransactionStart = (event: TransactionEvent) => this.#note('beforeStart', event);
  afterTransactionStart = (event: TransactionEvent) => this.#note('afterStart', event);
  beforeTransactionCommit = (event: TransactionEvent) => this.#note('beforeCommit', event);
  afterTransactionCommit = (event: TransactionEvent) => this.#note('afterCommit', event);
  beforeTransactionRollback = (event: TransactionEvent) => this.#note('beforeRollback', event);
  afterTransactionRollback = (event: TransactionEvent) => this.#note('afterRollback', event);

  async #note(event: string, { queryRunner, manager }: TransactionEvent): Promise<void> {
    const committed = await committedOf(inserted.get(queryRunner) ?? []);
    told.push({ event, runner: queryRunner, committed });
    await onEvent(event, manager);
  }
}

const COMMITTED = ['beforeStart', 'afterStart', 'beforeCommit', 'afterCommit'];
const ROLLED_BACK = ['beforeStart', 'afterStart', 'beforeRollback', 'afterRollback'];

class Rollback extends Error {}

describe('subscribers hear of transactions', () => {
  let shop: Shop;
  let names = 0;
  const newName = () => `item ${(names += 1)}`;
  const save = () => shop.items.save({ name: newName() });
  const events = () => told.map(({ event }) => event);
  const byName = (event: string) => told.filter((one) => one.event === event);

  beforeAll(async () => {
    shop = await openShop({ subscribers: [Listener] });
    committedOf = async (asked) => {
      const { rows } = await shop.cluster.primary.query('SELECT id FROM item WHERE name = ANY($1)', [asked]);
      return rows.length;
    };
  });

  beforeEach(() => {
    told = [];
    inserted = new Map();
    onEvent = async () => undefined;
  });

  afterAll(() => shop.close());

  const WAYS: Record<string, (work: (dataSource: DataSource) => Promise<unknown>) => Promise<unknown>> = {
    'a managed transaction': (work) => runInTransaction(() => work(shop.dataSource)),
    'dataSource.transaction': (work) => shop.dataSource.transaction(() => work(shop.dataSource)),
    'dataSource.transaction inside a managed one': (work) =>
      runInTransaction(() => shop.dataSource.transaction(() => work(shop.dataSource))),
    'a nested scope': (work) =>
      runInTransaction(() => runInTransaction({ propagation: 'NESTED' }, () => work(shop.dataSource))),
  };

  describe.each(Object.keys(WAYS))('in %s', (way) => {
    it('once, in order, after the real COMMIT', async () => {
      await WAYS[way]!(async () => {
        await save();
        await save();
        await shop.items.find();
      });
      expect(events()).toEqual(COMMITTED);
      // Through one runner, that of its entities' events, although each save had its own.
      expect(new Set(told.map(({ runner }) => runner))).toEqual(new Set(inserted.keys()));
      expect(told.map(({ committed }) => committed)).toEqual([0, 0, 0, 2]);
    });

    it('once, in order, of its rollback', async () => {
      const work = WAYS[way]!(async () => {
        await save();
        await save();
        throw new Rollback();
      });
      await expect(work).rejects.toThrow(Rollback);
      expect(events()).toEqual(ROLLED_BACK);
      expect(new Set(told.map(({ runner }) => runner))).toEqual(new Set(inserted.keys()));
      expect(told.map(({ committed }) => committed)).toEqual([0, 0, 0, 0]);
    });

    it('a subscriber that fails before COMMIT vetoes it', async () => {
      onEvent = async (event) => {
        if (event === 'beforeCommit') throw new Rollback();
      };
      await expect(WAYS[way]!(save)).rejects.toThrow(Rollback);
      expect(events()).toEqual([
        'beforeStart',
        'afterStart',
        'beforeCommit',
        'beforeRollback',
        'afterRollback',
      ]);
      expect(told.at(-1)?.committed).toBe(0);
    });

    it("what a subscriber writes by the event's manager: with the transaction before COMMIT, by itself afterwards", async () => {
      const [before, after] = [newName(), newName()];
      onEvent = async (event, manager) => {
        onEvent = async () => undefined;
        if (event === 'beforeStart') {
          onEvent = async (later, itsManager) => {
            if (later === 'beforeCommit') await itsManager.insert(Item, { name: before });
            if (later === 'afterCommit') await itsManager.insert(Item, { name: after });
          };
        }
        return manager;
      };
      await WAYS[way]!(save);
      expect(await committedOf([before])).toBe(1);
      expect(await committedOf([after])).toBe(1);
    });
  });

  it('of a save by itself, as TypeORM tells it; of one that has nothing to do, nothing', async () => {
    const item = await save();
    expect(events()).toEqual(COMMITTED);
    expect(told.map(({ committed }) => committed)).toEqual([0, 0, 0, 1]);
    told = [];
    await shop.items.save(item);
    expect(events()).toEqual([]);
  });

  it('of a save by itself that fails', async () => {
    const { name } = await save();
    told = [];
    await expect(shop.items.save({ name })).rejects.toThrow('duplicate');
    expect(events()).toEqual(ROLLED_BACK);
  });

  it('a nested scope that is rolled back is told as rolled back, the rest as committed', async () => {
    await runInTransaction(async () => {
      await save();
      const nested = runInTransaction({ propagation: 'NESTED' }, async () => {
        await save();
        throw new Rollback();
      });
      await expect(nested).rejects.toThrow(Rollback);
      expect(byName('afterRollback')).toHaveLength(1);
      expect(byName('afterCommit')).toHaveLength(0);
    });
    const [rolledBack] = byName('afterRollback');
    const [committed, ...others] = byName('afterCommit');
    expect(others).toEqual([]);
    expect(committed?.runner).not.toBe(rolledBack?.runner);
    expect(committed?.committed).toBe(1);
  });

  it('a nested scope that was kept is told with the outer one, committed or rolled back', async () => {
    const work = runInTransaction(async () => {
      await runInTransaction({ propagation: 'NESTED' }, save);
      expect(byName('afterCommit')).toHaveLength(0);
      throw new Rollback();
    });
    await expect(work).rejects.toThrow(Rollback);
    expect(events()).toEqual(ROLLED_BACK);
  });

  it('a transaction begun by hand inside a managed one is told of at its real end', async () => {
    await runInTransaction(async () => {
      const runner = shop.dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.save(Item, { name: newName() });
      await runner.commitTransaction();
      await runner.release();
      expect(byName('afterCommit')).toHaveLength(0);
    });
    expect(byName('afterCommit').map(({ committed }) => committed)).toEqual([1]);
  });

  it('a query runner outlives the managed transactions that it has begun by hand in', async () => {
    const runner = shop.dataSource.createQueryRunner();
    for (let n = 0; n < 2; n++) {
      await runInTransaction(async () => {
        await runner.startTransaction();
        await runner.manager.save(Item, { name: newName() });
        await runner.commitTransaction();
      });
    }
    expect(byName('afterCommit').map(({ committed }) => committed)).toEqual([1, 2]);
    expect(runner.isReleased).toBe(false);
    await runner.query('SELECT 1');
    await runner.release();
    expect(runner.isReleased).toBe(true);
  });

  it('a transaction begun by hand outside is told of as TypeORM does', async () => {
    const runner = shop.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.save(Item, { name: newName() });
    await runner.commitTransaction();
    await runner.release();
    expect(events()).toEqual(COMMITTED);
    expect(told.map(({ committed }) => committed)).toEqual([0, 0, 0, 1]);
  });

  it('data of the query runner is shared by all that a transaction does', async () => {
    const seen: unknown[] = [];
    onEvent = async (event) => {
      if (event === 'beforeCommit') seen.push(told.at(-1)?.runner.data);
    };
    await runInTransaction(async () => {
      const runner = shop.dataSource.createQueryRunner();
      runner.data = { by: 'someone' };
      await save();
    });
    expect(seen).toEqual([{ by: 'someone' }]);
  });
});
