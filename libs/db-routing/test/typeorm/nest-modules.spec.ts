import type { PostgresCluster } from '@app/postgres-cluster';
import { Injectable, Module } from '@nestjs/common';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface.js';
import { NestFactory } from '@nestjs/core';
import {
  getDataSourceToken,
  getRepositoryToken,
  InjectDataSource,
  InjectRepository,
  TypeOrmModule,
} from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import {
  ConfigurationError,
  currentTransaction,
  NoTransactionManagerError,
  RoutedPool,
  type RoutedPoolOptions,
  runInTransaction,
  Session,
  Transactional,
} from '../../src';
import { DbRoutingModule, getRoutedPoolToken, InjectRoutedPool } from '../../src/nest';
import {
  RoutedTypeOrmModule,
  type RoutedTypeOrmModuleAsyncOptions,
  type RoutedTypeOrmModuleOptions,
  type RoutedTypeOrmOptionsFactory,
} from '../../src/nest-typeorm';
import { RoutedDataSource } from '../../src/typeorm';
import { Category, Item } from './shop.entities';
import { startCluster } from '../test-cluster';

class Rollback extends Error {}

describe('TypeORM in Nest', () => {
  let cluster: PostgresCluster;
  /** A database in another cluster, for the second pool. */
  let reportsCluster: PostgresCluster;
  const toClose: { close(): Promise<unknown> }[] = [];
  /** An application that fails to start leaves everything open. */
  const pools: Promise<RoutedPool>[] = [];

  beforeAll(async () => {
    const start = RoutedPool.start.bind(RoutedPool);
    jest.spyOn(RoutedPool, 'start').mockImplementation((options) => {
      const pool = start(options);
      pools.push(pool);
      return pool;
    });
    [cluster, reportsCluster] = await Promise.all([
      startCluster({ replicas: 0 }),
      startCluster({ replicas: 0 }),
    ]);
  });

  afterEach(async () => {
    for (const app of toClose.splice(0)) await app.close();
    for (const pool of pools.splice(0)) await (await pool).end().catch(() => undefined);
  });

  afterAll(async () => {
    await Promise.all([cluster.stop(), reportsCluster.stop()]);
  });

  const poolOptions = (of = cluster): RoutedPoolOptions => ({
    url: of.url('migrator'),
    monitor: of.credentials('monitor'),
  });

  async function start(imports: unknown[], providers: unknown[] = []) {
    @Module({ imports: imports as never[], providers: providers as never[] })
    class App {}
    const options = Object.assign(new NestApplicationContextOptions(), {
      logger: false,
      abortOnError: false,
    });
    const app = await NestFactory.createApplicationContext(App, options);
    toClose.push(app);
    return app;
  }

  const WITH_ITEM: RoutedTypeOrmModuleOptions = { entities: [Item], synchronize: true };

  @Injectable()
  class Options implements RoutedTypeOrmOptionsFactory {
    createTypeOrmOptions(name?: string): RoutedTypeOrmModuleOptions {
      return { ...WITH_ITEM, entityPrefix: name === undefined ? '' : `${name}_` };
    }
  }

  @Module({ providers: [Options], exports: [Options] })
  class OptionsModule {}

  it.each<[string, RoutedTypeOrmModuleAsyncOptions]>([
    ['useFactory', { useFactory: () => WITH_ITEM }],
    [
      'useFactory with what it injects',
      {
        imports: [OptionsModule],
        inject: [Options],
        useFactory: async (options: Options) => options.createTypeOrmOptions(),
      },
    ],
    ['useClass', { useClass: Options }],
    ['useExisting', { imports: [OptionsModule], useExisting: Options }],
    [
      'dataSourceFactory',
      {
        useFactory: () => WITH_ITEM,
        dataSourceFactory: async (options) => new RoutedDataSource(options!).initialize(),
      },
    ],
    ['autoLoadEntities', { useFactory: () => ({ autoLoadEntities: true, synchronize: true }) }],
  ])('forRootAsync with %s', async (_, options) => {
    const app = await start([
      DbRoutingModule.forRoot(poolOptions()),
      RoutedTypeOrmModule.forRootAsync(options),
      TypeOrmModule.forFeature([Item]),
    ]);
    const items = app.get<Repository<Item>>(getRepositoryToken(Item));
    const name = `by ${_}`;
    await runInTransaction(() => items.save({ name }));
    expect(await items.countBy({ name })).toBe(1);
    expect(app.get(DataSource)).toBeInstanceOf(RoutedDataSource);
  });

  it('a dataSourceFactory that makes a plain DataSource is refused', async () => {
    const app = start([
      DbRoutingModule.forRoot(poolOptions()),
      RoutedTypeOrmModule.forRootAsync({
        useFactory: () => ({}),
        dataSourceFactory: async (options) => new DataSource(options!),
      }),
    ]);
    await expect(app).rejects.toThrow(/dataSourceFactory is .* must make a RoutedDataSource/);
  });

  it('an option that cannot be honoured is refused at the start', async () => {
    const app = start([
      DbRoutingModule.forRoot(poolOptions()),
      RoutedTypeOrmModule.forRoot({ poolSize: 50 }),
    ]);
    await expect(app).rejects.toThrow(/poolSize is 50: the pool has 10/);
  });

  it.each([
    [1, { retryAttempts: 1 }],
    [3, { retryAttempts: 3, retryDelay: 1 }],
    [1, {}],
  ])('tries %i times with %o', async (times, options) => {
    let tries = 0;
    const app = start([
      DbRoutingModule.forRoot(poolOptions()),
      RoutedTypeOrmModule.forRootAsync({
        useFactory: () => options,
        dataSourceFactory: async () => {
          tries += 1;
          throw new Error('not yet');
        },
      }),
    ]);
    await expect(app).rejects.toThrow('not yet');
    expect(tries).toBe(times);
  });

  describe('with two pools', () => {
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
});
