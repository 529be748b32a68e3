import {
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { APP_INTERCEPTOR, HttpAdapterHost } from '@nestjs/core';
import type { RoutedPoolOptions } from '../pool/options';
import { RoutedPool } from '../pool/routed-pool';
import { logPoolEvents } from './log-pool-events';
import { type AttributesOf, RoutingInterceptor } from './route-header.interceptor';

export interface DbRoutingModuleOptions extends RoutedPoolOptions {
  /** For everything that one request asks of the database, in milliseconds; what runs then is cancelled. Default 10,000. */
  readonly requestBudgetMs?: number;
  /** Says in the response header `x-db-route` where a request's statements went. Not for production. Default false. */
  readonly exposeRoute?: boolean;
  /** What routing rules may ask about a request: subject, roles, tenant. The handler is known without it. */
  readonly attributesOf?: AttributesOf;
}

/** As for any of Nest's asynchronous modules. */
export interface DbRoutingModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => DbRoutingModuleOptions | Promise<DbRoutingModuleOptions>;
}

const MODULE_OPTIONS = Symbol('db-routing options');

/** Provides the RoutedPool to the whole application, and ends it with the application. */
@Global()
@Module({})
export class DbRoutingModule implements OnApplicationShutdown {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  static forRoot(options: DbRoutingModuleOptions): DynamicModule {
    return DbRoutingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: DbRoutingModuleAsyncOptions): DynamicModule {
    return {
      module: DbRoutingModule,
      imports,
      providers: [
        { provide: MODULE_OPTIONS, inject, useFactory: useFactory as FactoryProvider['useFactory'] },
        {
          provide: RoutedPool,
          inject: [MODULE_OPTIONS],
          useFactory: async (options: DbRoutingModuleOptions) => {
            const logger = new Logger('DbRouting');
            const pool = await RoutedPool.start({ onWaiting: (message) => logger.warn(message), ...options });
            logPoolEvents(pool, logger);
            return pool;
          },
        },
        {
          provide: APP_INTERCEPTOR,
          inject: [HttpAdapterHost, RoutedPool, MODULE_OPTIONS],
          useFactory: (host: HttpAdapterHost, pool: RoutedPool, options: DbRoutingModuleOptions) =>
            new RoutingInterceptor(
              host,
              pool,
              options.exposeRoute ?? false,
              options.attributesOf,
              options.requestBudgetMs,
            ),
        },
      ],
      exports: [RoutedPool],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
