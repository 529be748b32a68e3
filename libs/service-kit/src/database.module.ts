import { DbRoutingModule, RoutedPool, routedDataSourceOptions } from '@app/db-routing';
import type { DynamicModule } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import type { ServiceConfig } from './config/service-config';
import { SERVICE_CONFIG } from './config/service-config';
import type { ServiceDefinition } from './service-definition';
import { SERVICE_DEFINITION } from './service-definition';

/**
 * TypeORM on the routed pool, for all of a service. This is the whole of what an application needs to have its
 * statements routed: nothing below this module knows how many database servers there are.
 */
@Module({})
export class DatabaseModule {
  static forEntities(entities: EntityTarget<ObjectLiteral>[]): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        DbRoutingModule.forRootAsync({
          inject: [SERVICE_CONFIG, SERVICE_DEFINITION],
          useFactory: ({ database, environment }: ServiceConfig, { name }: ServiceDefinition) => ({
            url: database.url,
            monitor: database.monitor,
            maxStalenessMs: database.maxStalenessMs,
            startTimeoutMs: database.startTimeoutMs,
            applicationName: name,
            exposeRoute: environment !== 'production',
          }),
        }),
        TypeOrmModule.forRootAsync({
          inject: [RoutedPool],
          useFactory: (pool: RoutedPool) => ({
            ...routedDataSourceOptions(pool, { entities }),
            // The routed pool has waited for the database already.
            retryAttempts: 0,
          }),
        }),
      ],
    };
  }
}
