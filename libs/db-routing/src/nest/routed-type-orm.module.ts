import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RoutedPool } from '../pool/routed-pool';
import {
  RoutedDataSource,
  type RoutedDataSourceOptions,
  routedDataSourceOptions,
} from '../typeorm/routed-data-source';

/** TypeORM on the application's RoutedPool: `RoutedTypeOrmModule.forRoot({ entities: [Order] })`. */
export const RoutedTypeOrmModule = {
  forRoot(options: RoutedDataSourceOptions): DynamicModule {
    return TypeOrmModule.forRootAsync({
      inject: [RoutedPool],
      // The pool has waited for the database already.
      useFactory: (pool: RoutedPool) => ({ ...routedDataSourceOptions(pool, options), retryAttempts: 0 }),
      dataSourceFactory: async (made) => {
        if (!made) throw new TypeError('TypeOrmModule gave no options');
        return new RoutedDataSource(made).initialize();
      },
    });
  },
};
