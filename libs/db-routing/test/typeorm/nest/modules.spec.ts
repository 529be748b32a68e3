import type { PostgresCluster } from '@app/postgres-cluster';
import { Injectable, Module } from '@nestjs/common';
import { getRepositoryToken, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import { runInTransaction } from '../../../src';
import { DbRoutingModule } from '../../../src/nest';
import {
  RoutedTypeOrmModule,
  type RoutedTypeOrmModuleAsyncOptions,
  type RoutedTypeOrmModuleOptions,
  type RoutedTypeOrmOptionsFactory,
} from '../../../src/nest-typeorm';
import { RoutedDataSource } from '../../../src/typeorm';
import { startCluster } from '../../test-cluster';
import { Item } from '../shop.entities';
import { poolOptionsFor, useApps, WITH_ITEM } from './apps';

describe('TypeORM in Nest', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });

  afterAll(() => cluster.stop());

  const start = useApps();
  const poolOptions = () => poolOptionsFor(cluster);

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
});
