import {
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type Type,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ConfigurationError } from '../errors';
import type { RoutedPoolOptions } from '../postgres/pool/options/options';
import { RoutedPool } from '../postgres/pool/routed-pool';
import { nameManager } from '../transaction/current';
import { logPoolEvents } from './log-pool-events';
import { getRoutedPoolToken } from './routed-pool-token';

/**
 * An additional pool of an application. The pool without a name reports what belongs to a request (its
 * session, limits and route header); code reaches this one only in transactions that name it,
 * `@Transactional({ dataSource: name })`, or by injecting it.
 */
export interface NamedPoolModuleOptions extends RoutedPoolOptions {
  readonly name: string;
}

/** The usual options of an asynchronous Nest module. */
export interface NamedPoolModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly name: string;
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => RoutedPoolOptions | Promise<RoutedPoolOptions>;
}

const POOL_NAME = Symbol('name of the pool');
const POOL_OPTIONS = Symbol('options of the pool');
const POOL = Symbol('the pool of the module');

/** Options of the pool without a name that apply to a request as a whole, however many pools there are. */
const OF_REQUESTS = ['sessions', 'attributesOf', 'admission', 'exposeRoute', 'requestBudgetMs'];

/** Provides a pool under its name, see getRoutedPoolToken(), and ends it with the application. */
@Global()
@Module({})
export class NamedPoolModule implements OnApplicationShutdown {
  constructor(@Inject(POOL) private readonly pool: RoutedPool) {}

  static forRootAsync({
    name,
    imports = [],
    inject = [],
    useFactory,
  }: NamedPoolModuleAsyncOptions): DynamicModule {
    const token = getRoutedPoolToken(name);
    return {
      module: NamedPoolModule,
      imports,
      providers: [
        { provide: POOL_NAME, useValue: name },
        { provide: POOL_OPTIONS, inject, useFactory: useFactory as FactoryProvider['useFactory'] },
        {
          provide: token,
          inject: [ModulesContainer, POOL_OPTIONS],
          useFactory: (modules: ModulesContainer, options: RoutedPoolOptions) => {
            assertOnlyOne(modules, NamedPoolModule, name);
            return startPool(name, options);
          },
        },
        { provide: POOL, useExisting: token },
      ],
      exports: [token],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }
}

/** Whether these are the options of a pool with a name. */
export function isNamed<T extends { readonly name: string }>(
  options: T | { readonly name?: undefined },
): options is T {
  return options.name !== undefined;
}

/** Throws ConfigurationError when two pools of an application have one name, or both have none. */
export function assertOnlyOne(modules: ModulesContainer, metatype: Type, name?: string): void {
  const same = [...modules.values()].filter(
    (module) => module.metatype === metatype && module.providers.get(POOL_NAME)?.instance === name,
  );
  if (same.length > 1) {
    throw new ConfigurationError(
      'name',
      name,
      `${same.length} pools have the same: give each DbRoutingModule its own`,
    );
  }
}

async function startPool(
  name: string,
  { name: _name, ...options }: RoutedPoolOptions & { readonly name?: string },
): Promise<RoutedPool> {
  for (const option of OF_REQUESTS) {
    if (Reflect.get(options, option) === undefined) continue;
    const limit = `the pool '${name}' cannot have it: give it to the DbRoutingModule without a name`;
    throw new ConfigurationError(option, '…', limit);
  }
  const logger = new Logger(`DbRouting ${name}`);
  const pool = await RoutedPool.start({ onWaiting: (message) => logger.warn(message), ...options });
  logPoolEvents(pool, logger);
  nameManager(name, pool.transactions);
  return pool;
}
