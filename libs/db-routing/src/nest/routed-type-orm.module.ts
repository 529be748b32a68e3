import type { DynamicModule, FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmDataSourceFactory, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { ConfigurationError } from '../errors';
import type { RoutedPool } from '../postgres/pool/routed-pool';
import { DEFAULT_NAME, nameManager } from '../transaction/current';
import {
  poolOf,
  type RoutedDataSourceOptions,
  routedDataSourceOptions,
} from '../typeorm/data-source-options';
import { RoutedDataSource } from '../typeorm/routed-data-source';
import { getRoutedPoolToken } from './routed-pool-token';

/**
 * Options of @nestjs/typeorm. `retryAttempts` is 0 by default: the pool has already waited for the database.
 */
type NestOptions = Pick<
  TypeOrmModuleOptions,
  'retryAttempts' | 'retryDelay' | 'toRetry' | 'autoLoadEntities' | 'verboseRetryLog' | 'manualInitialization'
>;

export type RoutedTypeOrmModuleOptions = RoutedDataSourceOptions & NestOptions;

interface Names {
  /**
   * The name of the data source: `@InjectRepository(Order, 'reports')`,
   * `@Transactional({ dataSource: 'reports' })`. Default: none.
   */
  readonly name?: string | undefined;
  /** The name of the DbRoutingModule with its pool. Default: the name of the data source. */
  readonly pool?: string | undefined;
}

export interface RoutedTypeOrmOptionsFactory {
  createTypeOrmOptions(name?: string): RoutedTypeOrmModuleOptions | Promise<RoutedTypeOrmModuleOptions>;
}

/**
 * Like those of @nestjs/typeorm. A `dataSourceFactory` must make a RoutedDataSource from the options that it
 * receives.
 */
export interface RoutedTypeOrmModuleAsyncOptions extends Names, Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory?: (
    ...args: never[]
  ) => RoutedTypeOrmModuleOptions | Promise<RoutedTypeOrmModuleOptions>;
  readonly useClass?: Type<RoutedTypeOrmOptionsFactory>;
  readonly useExisting?: Type<RoutedTypeOrmOptionsFactory>;
  readonly dataSourceFactory?: TypeOrmDataSourceFactory;
  readonly extraProviders?: Provider[];
}

/** Sets up TypeORM on the application's RoutedPool: `RoutedTypeOrmModule.forRoot({ entities: [Order] })`. */
export const RoutedTypeOrmModule = {
  forRoot(options: RoutedTypeOrmModuleOptions & Names, name?: string): DynamicModule {
    const { name: ownName, pool, ...rest } = options;
    return RoutedTypeOrmModule.forRootAsync({ name: name ?? ownName, pool, useFactory: () => rest });
  },

  forRootAsync(asked: RoutedTypeOrmModuleAsyncOptions): DynamicModule {
    const { name, pool: poolName = name, imports = [], dataSourceFactory } = asked;
    const { inject, useFactory, extraProviders } = optionsOf(asked);
    return TypeOrmModule.forRootAsync({
      ...(name !== undefined && { name }),
      imports,
      extraProviders,
      inject: [{ token: getRoutedPoolToken(poolName), optional: true }, ...inject],
      useFactory: async (pool: RoutedPool | undefined, ...args: unknown[]) => {
        if (!pool)
          throw new ConfigurationError('pool', poolName ?? DEFAULT_NAME, 'no DbRoutingModule has that name');
        const options = await useFactory(...(args as never[]));
        return { retryAttempts: 0, ...options, ...routedDataSourceOptions(pool, options) };
      },
      dataSourceFactory: async (made) => {
        if (!made) throw new TypeError('TypeOrmModule gave no options');
        const dataSource = (await dataSourceFactory?.(made)) ?? new RoutedDataSource(made);
        if (!(dataSource instanceof RoutedDataSource)) {
          const limit = 'must make a RoutedDataSource of the options that it is given';
          throw new ConfigurationError('dataSourceFactory', 'a function', limit);
        }
        nameManager(name ?? DEFAULT_NAME, poolOf(made).transactions);
        return dataSource;
      },
    });
  },
};

type OptionsFactory = (...args: never[]) => RoutedTypeOrmModuleOptions | Promise<RoutedTypeOrmModuleOptions>;

/** Returns where the options come from: a function, or a class, which `useClass` also provides. */
function optionsOf(asked: RoutedTypeOrmModuleAsyncOptions): {
  readonly inject: NonNullable<FactoryProvider['inject']>;
  readonly useFactory: OptionsFactory;
  readonly extraProviders: Provider[];
} {
  const { name, inject = [], useFactory, useClass, useExisting, extraProviders = [] } = asked;
  if (useFactory) return { inject, useFactory, extraProviders };
  const factoryClass = useClass ?? useExisting;
  if (!factoryClass) {
    throw new ConfigurationError(
      'useFactory',
      undefined,
      'one of useFactory, useClass and useExisting is needed',
    );
  }
  return {
    inject: [factoryClass],
    useFactory: (factory: RoutedTypeOrmOptionsFactory) => factory.createTypeOrmOptions(name),
    extraProviders: useClass ? [...extraProviders, useClass] : extraProviders,
  };
}
