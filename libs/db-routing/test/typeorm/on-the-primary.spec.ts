import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { RouteTrace } from '../../src/routing/route-trace';
import { openShop, type Shop } from './shop';
import { Category, Item } from './shop.entities';

class MakeVisit1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE visit (id serial PRIMARY KEY)');
    await runner.query('INSERT INTO visit DEFAULT VALUES');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE visit');
  }
}

class CountVisits1700000000002 implements MigrationInterface {
  /** Runs longer than the pool's statement limit. */
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT pg_sleep(1.5)');
    // Through a repository, too, and after a pause longer than a transaction may idle.
    await runner.manager.query('INSERT INTO visit SELECT g FROM generate_series(10, 20) g, pg_sleep(1.2)');
    await new Promise((resolve) => setTimeout(resolve, 1300));
    await runner.query('CREATE TABLE visit_count AS SELECT count(*) AS n FROM visit');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('SELECT pg_sleep(1.5)');
    await runner.query('DROP TABLE visit_count');
  }
}

const migrations = [MakeVisit1700000000001, CountVisits1700000000002];

describe('what TypeORM does on the primary', () => {
  let shop: Shop;
  let names = 0;
  const newName = () => `item ${(names += 1)}`;

  beforeAll(async () => {
    shop = await openShop(
      {},
      { statementTimeoutMs: 700, idleInTransactionTimeoutMs: 700, transactionTimeoutMs: 700 },
    );
  });

  afterAll(() => shop.close());

  async function rolesOf(work: () => Promise<unknown>): Promise<Set<string>> {
    const trace = new RouteTrace();
    await trace.record(work);
    return new Set(trace.entries.map(({ role }) => role));
  }

  async function addItem(): Promise<string> {
    const name = newName();
    await shop.cluster.primary.query('INSERT INTO item (name) VALUES ($1)', [name]);
    return name;
  }

  it.each(['master', undefined] as const)('a query runner of mode %s reads there', async (mode) => {
    await shop.whileReplicaIsBehind(async () => {
      const name = await addItem();
      const runner = shop.dataSource.createQueryRunner(mode);
      expect(await runner.manager.findOneBy(Item, { name })).not.toBeNull();
      expect(await runner.query('SELECT id FROM item WHERE name = $1', [name])).toHaveLength(1);
      const stream = await runner.stream('SELECT id FROM item WHERE name = $1', [name]);
      const rows: unknown[] = [];
      for await (const row of stream) rows.push(row);
      expect(rows).toHaveLength(1);
      await runner.release();
    });
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'a query runner of mode slave',
      async () => {
        const runner = shop.dataSource.createQueryRunner('slave');
        await runner.query('SELECT id FROM item');
        await runner.release();
      },
    ],
    ['dataSource.query', () => shop.dataSource.query('SELECT id FROM item')],
    ['manager.query', () => shop.dataSource.manager.query('SELECT id FROM item')],
    ['a repository', () => shop.items.findAndCount()],
    ['a query builder', () => shop.items.createQueryBuilder('i').getRawMany()],
  ])('%s is routed', async (_, work) => {
    expect(await rolesOf(work)).toEqual(new Set(['replica']));
  });

  it('migrations run once, on a live pool, however long they take, and are undone', async () => {
    for (const transaction of ['all', 'each', 'none'] as const) {
      const open = () =>
        new RoutedDataSource(
          routedDataSourceOptions(shop.pool, { migrations, migrationsTableName: `done_${transaction}` }),
        ).initialize();
      const dataSource = await open();
      await shop.whileReplicaIsBehind(async () => {
        expect(await dataSource.runMigrations({ transaction })).toHaveLength(2);
        expect(await dataSource.runMigrations({ transaction })).toHaveLength(0);
        expect(await dataSource.showMigrations()).toBe(false);
        await dataSource.undoLastMigration({ transaction });
        await dataSource.undoLastMigration({ transaction });
        expect(await dataSource.showMigrations()).toBe(true);
      });
      await dataSource.destroy();
    }
  }, 120_000);

  it('what the limits were lifted for does not leave them lifted', async () => {
    for (let n = 0; n < 20; n++) {
      const runner = shop.dataSource.createQueryRunner();
      const [row] = (await runner.query('SHOW statement_timeout')) as { statement_timeout: string }[];
      expect(row?.statement_timeout).toBe('700ms');
      await runner.release();
    }
  });

  it('synchronize, and what migration:generate compares, see what is on the primary', async () => {
    const dataSource = await new RoutedDataSource(
      routedDataSourceOptions(shop.pool, { entities: [Item, Category] }),
    ).initialize();
    await shop.whileReplicaIsBehind(async () => {
      await dataSource.dropDatabase();
      const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
      expect(upQueries.length).toBeGreaterThan(0);
      await dataSource.synchronize();
      const after = await dataSource.driver.createSchemaBuilder().log();
      expect(after.upQueries).toEqual([]);
      await dataSource.synchronize();
    });
    await dataSource.destroy();
  });
});
