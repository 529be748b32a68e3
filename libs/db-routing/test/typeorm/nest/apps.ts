import type { PostgresCluster } from '@app/postgres-cluster';
import { Module } from '@nestjs/common';
import { NestApplicationContextOptions } from '@nestjs/common/interfaces/nest-application-context-options.interface.js';
import { NestFactory } from '@nestjs/core';
import { RoutedPool, type RoutedPoolOptions } from '../../../src';
import type { RoutedTypeOrmModuleOptions } from '../../../src/nest-typeorm';
import { Item } from '../shop.entities';

export const WITH_ITEM: RoutedTypeOrmModuleOptions = { entities: [Item], synchronize: true };

type ApplicationContext = Awaited<ReturnType<typeof NestFactory.createApplicationContext>>;

/** Returns a function that starts an application of Nest; what a test has started is closed after it. */
export function useApps(): (imports: unknown[], providers?: unknown[]) => Promise<ApplicationContext> {
  const toClose: ApplicationContext[] = [];
  /** An application that fails to start leaves everything open. */
  const pools: Promise<RoutedPool>[] = [];

  beforeAll(() => {
    const start = RoutedPool.start.bind(RoutedPool);
    jest.spyOn(RoutedPool, 'start').mockImplementation((options) => {
      const pool = start(options);
      pools.push(pool);
      return pool;
    });
  });

  afterEach(async () => {
    for (const app of toClose.splice(0)) await app.close();
    for (const pool of pools.splice(0)) await (await pool).end().catch(() => undefined);
  });

  return async (imports, providers = []) => {
    @Module({ imports: imports as never[], providers: providers as never[] })
    class App {}
    const options = Object.assign(new NestApplicationContextOptions(), {
      logger: false,
      abortOnError: false,
    });
    const app = await NestFactory.createApplicationContext(App, options);
    toClose.push(app);
    return app;
  };
}

export const poolOptionsFor = (cluster: PostgresCluster): RoutedPoolOptions => ({
  url: cluster.url('migrator'),
  monitor: cluster.credentials('monitor'),
});
