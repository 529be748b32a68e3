import type { PostgresCluster } from '@app/postgres-cluster';
import { Injectable } from '@nestjs/common';
import { getDataSourceToken, InjectDataSource, InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import {
  ConfigurationError,
  currentTransaction,
  NoTransactionManagerError,
  RoutedPool,
  runInTransaction,
  Session,
  Transactional,
} from '../../../src';
import { DbRoutingModule, getRoutedPoolToken, InjectRoutedPool } from '../../../src/nest';
import { RoutedTypeOrmModule } from '../../../src/nest-typeorm';
import { startCluster } from '../../test-cluster';
import { Category, Item } from '../shop.entities';
import { poolOptionsFor, useApps, WITH_ITEM } from './apps';

class Rollback extends Error {}

describe('TypeORM in Nest with two pools', () => {
  let cluster: PostgresCluster;
  /** A database in another cluster, for the second pool. */
  let reportsCluster: PostgresCluster;

  beforeAll(async () => {
    [cluster, reportsCluster] = await Promise.all([
      startCluster({ replicas: 0 }),
      startCluster({ replicas: 0 }),
    ]);
  });

  afterAll(() => Promise.all([cluster.stop(), reportsCluster.stop()]));

  const start = useApps();
  const poolOptions = (of = cluster) => poolOptionsFor(of);

  @Injectable()
  class Service {
    constructor(
      @InjectRepository(Item) readonly items: Repository<Item>,
      @InjectRepository(Category, 'reports') readonly categories: Repository<Category>,
      @InjectDataSource('reports') readonly reports: DataSource,
      readonly pool: RoutedPool,
      @InjectRoutedPool('reports') readonly reportsPool: RoutedPool,
    ) {}

    @Transactional()
    inDefault(name: string): Promise<void> {
      return this.#both(name);
    }

    @Transactional({ dataSource: 'reports' })
    inReports(name: string): Promise<void> {
      return this.#both(name);
    }

    @Transactional()
    @Transactional({ dataSource: 'reports' })
    inBoth(name: string): Promise<void> {
      return this.#both(name);
    }

    async #both(name: string): Promise<void> {
      expect(currentTransaction()).toBeDefined();
      await this.items.save({ name });
      await this.categories.save({ name });
      throw new Rollback();
    }

    async found(name: string): Promise<number[]> {
      return [await this.items.countBy({ name }), await this.categories.countBy({ name })];
    }
  }

  const startBoth = () =>
    start(
      [
        DbRoutingModule.forRoot(poolOptions()),
        DbRoutingModule.forRootAsync({ name: 'reports', useFactory: () => poolOptions(reportsCluster) }),
        RoutedTypeOrmModule.forRoot({ ...WITH_ITEM }),
        RoutedTypeOrmModule.forRoot({ name: 'reports', autoLoadEntities: true, synchronize: true }),
        TypeOrmModule.forFeature([Item]),
        TypeOrmModule.forFeature([Category], 'reports'),
      ],
      [Service],
    );

  it('each @Transactional finds its own', async () => {
    const app = await startBoth();
    const service = app.get(Service);
    await expect(service.inDefault('a')).rejects.toThrow(Rollback);
    expect(await service.found('a')).toEqual([0, 1]);
    await expect(service.inReports('b')).rejects.toThrow(Rollback);
    expect(await service.found('b')).toEqual([1, 0]);
    await expect(service.inBoth('c')).rejects.toThrow(Rollback);
    expect(await service.found('c')).toEqual([0, 0]);
  });

  it('one session is in both clusters', async () => {
    const app = await startBoth();
    const { items, categories } = app.get(Service);
    await new Session().run(async () => {
      for (const name of ['x', 'y', 'z']) {
        await items.save({ name });
        await categories.save({ name });
        expect(await items.countBy({ name })).toBe(1);
        expect(await categories.countBy({ name })).toBe(1);
      }
    });
  });

  it('runInTransaction takes a name, a data source and a pool', async () => {
    const app = await startBoth();
    const { reports, reportsPool, pool, items, categories } = app.get(Service);
    expect(app.get(getRoutedPoolToken('reports'))).toBe(reportsPool);
    expect(app.get(getRoutedPoolToken())).toBe(pool);
    expect(app.get(getDataSourceToken('reports'))).toBe(reports);
    for (const dataSource of ['reports', reports, reportsPool, categories.manager.dataSource]) {
      await runInTransaction({ dataSource }, async () => {
        const runner = reports.createQueryRunner();
        expect(runner.isTransactionActive).toBe(true);
        expect(items.manager.dataSource.createQueryRunner().isTransactionActive).toBe(false);
      });
    }
  });

  it('a name that there is not, and an object that is no data source, are refused', async () => {
    await startBoth();
    const byName = runInTransaction({ dataSource: 'nothing' }, async () => undefined);
    await expect(byName).rejects.toThrow(NoTransactionManagerError);
    await expect(byName).rejects.toThrow(/called 'nothing'/);
    const byObject = runInTransaction({ dataSource: new Date() }, async () => undefined);
    await expect(byObject).rejects.toThrow(ConfigurationError);
  });

  it.each([
    ['without a name', {}],
    ["called 'reports'", { name: 'reports' }],
  ])('two %s are refused', async (_, name) => {
    const make = () => DbRoutingModule.forRoot({ ...poolOptions(), ...name });
    await expect(start([make(), make()])).rejects.toThrow(/name is .*2 pools have the same/);
  });

  it('what a request has once is refused of a named pool', async () => {
    const options = { ...poolOptions(), name: 'reports', exposeRoute: true };
    await expect(start([DbRoutingModule.forRoot(options)])).rejects.toThrow(/exposeRoute is/);
  });

  it('a data source whose pool there is not is refused', async () => {
    const app = start([DbRoutingModule.forRoot(poolOptions()), RoutedTypeOrmModule.forRoot({ name: 'x' })]);
    await expect(app).rejects.toThrow(/pool is 'x': no DbRoutingModule has that name/);
  });

  it('two data sources on one pool', async () => {
    const app = await start([
      DbRoutingModule.forRoot(poolOptions()),
      RoutedTypeOrmModule.forRoot(WITH_ITEM),
      RoutedTypeOrmModule.forRoot({ name: 'second', pool: 'default', ...WITH_ITEM }),
    ]);
    const second = app.get<DataSource>(getDataSourceToken('second'));
    const name = 'of two';
    await runInTransaction({ dataSource: 'second' }, async () => {
      await app.get(DataSource).getRepository(Item).save({ name });
      expect(await second.getRepository(Item).countBy({ name })).toBe(1);
    });
  });
});
