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
import { APP_INTERCEPTOR, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { SessionMemory } from '../consistency/session-memory';
import type { ConsistencyTokensOptions } from '../consistency/position-tokens';
import type { RoutedPoolOptions } from '../postgres/pool/options/options';
import { RoutedPool } from '../postgres/pool/routed-pool';
import { DEFAULT_NAME, nameManager } from '../transaction/current';
import { logPoolEvents } from './log-pool-events';
import {
  assertOnlyOne,
  isNamed,
  NamedPoolModule,
  type NamedPoolModuleAsyncOptions,
  type NamedPoolModuleOptions,
} from './named-pool.module';
import { openScopes } from './open-scopes';
import { type AttributesOf, RequestInterceptor } from './request-interceptor';
import { DEFAULT_REQUEST_BUDGET_MS, RequestScopes } from './request-scopes';
import { DEFAULT_COOKIE, type TokenCookieOptions } from './token-cookie';

export interface DbRoutingModuleOptions extends RoutedPoolOptions {
  readonly name?: undefined;
  /** For everything that one request asks of the database, in milliseconds; what runs then is cancelled. Default 10,000. */
  readonly requestBudgetMs?: number;
  /** Says in the response header `x-db-route` where a request's statements went. Not for production. Default false. */
  readonly exposeRoute?: boolean;
  /** What routing rules may ask about a request: subject, roles, tenant. The handler is known without it. */
  readonly attributesOf?: AttributesOf;
  /** How a session is carried from one request to the next, and to other services. Default: not at all. */
  readonly sessions?: SessionOptions | undefined;
}

export interface SessionOptions {
  /** Signs the header `Consistency-Token`; without it, only the memory carries sessions. All services share the keys. */
  readonly tokens?: ConsistencyTokensOptions | undefined;
  /**
   * What becomes of a request whose token is forged, expired, malformed, of another subject, or ahead of the primary: `refuse` (400), or
   * `ignore` it. Default refuse. Cookies are ignored in any case.
   */
  readonly onInvalidToken?: 'refuse' | 'ignore';
  /** The token as a cookie too, for browsers: HttpOnly, and what is given here. Default: none. */
  readonly cookie?: Partial<TokenCookieOptions> | undefined;
  /** For clients that carry no token: remembers by subject (see `attributesOf`). Default: none. */
  readonly memory?: SessionMemory | undefined;
}

/** As for any of Nest's asynchronous modules. */
export interface DbRoutingModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly name?: undefined;
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => DbRoutingModuleOptions | Promise<DbRoutingModuleOptions>;
}

const MODULE_OPTIONS = Symbol('db-routing options');
const ONLY_ONE = Symbol('db-routing: the only one without a name');

/** Provides the RoutedPool to the whole application, and ends it with the application. */
@Global()
@Module({})
export class DbRoutingModule implements OnApplicationShutdown {
  constructor(
    @Inject(RoutedPool) private readonly pool: RoutedPool,
    @Inject(RequestScopes) scopes: RequestScopes,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    // At once, or when a testing module gets its adapter.
    host.init$.subscribe(() => openScopes(host.httpAdapter, scopes));
  }

  /** With a `name` it is one more pool, see NamedPoolModuleOptions; all pools but one need one. */
  static forRoot(options: DbRoutingModuleOptions | NamedPoolModuleOptions): DynamicModule {
    if (isNamed(options))
      return NamedPoolModule.forRootAsync({ name: options.name, useFactory: () => options });
    return DbRoutingModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(asked: DbRoutingModuleAsyncOptions | NamedPoolModuleAsyncOptions): DynamicModule {
    if (isNamed(asked)) return NamedPoolModule.forRootAsync(asked);
    const { imports = [], inject = [], useFactory } = asked;
    return {
      module: DbRoutingModule,
      imports,
      providers: [
        { provide: MODULE_OPTIONS, inject, useFactory: useFactory as FactoryProvider['useFactory'] },
        {
          provide: ONLY_ONE,
          inject: [ModulesContainer],
          useFactory: (modules: ModulesContainer) => assertOnlyOne(modules, DbRoutingModule),
        },
        {
          provide: RoutedPool,
          inject: [MODULE_OPTIONS, ONLY_ONE],
          useFactory: async (options: DbRoutingModuleOptions) => {
            const logger = new Logger('DbRouting');
            const pool = await RoutedPool.start({
              onWaiting: (message) => logger.warn(message),
              consistencyTokens: options.sessions?.tokens,
              ...poolOptionsOf(options),
            });
            logPoolEvents(pool, logger);
            nameManager(DEFAULT_NAME, pool.transactions);
            return pool;
          },
        },
        {
          provide: RequestScopes,
          inject: [RoutedPool, MODULE_OPTIONS],
          useFactory: (pool: RoutedPool, options: DbRoutingModuleOptions) => {
            const { cookie } = options.sessions ?? {};
            return new RequestScopes({
              pool,
              onInvalidToken: options.sessions?.onInvalidToken ?? 'refuse',
              cookie: cookie && { ...DEFAULT_COOKIE, ...cookie },
              exposeRoute: options.exposeRoute ?? false,
              requestBudgetMs: options.requestBudgetMs ?? DEFAULT_REQUEST_BUDGET_MS,
            });
          },
        },
        {
          provide: APP_INTERCEPTOR,
          inject: [RoutedPool, RequestScopes, MODULE_OPTIONS],
          useFactory: (
            pool: RoutedPool,
            scopes: RequestScopes,
            { sessions = {}, attributesOf = () => ({}) }: DbRoutingModuleOptions,
          ) =>
            new RequestInterceptor({
              pool,
              scopes,
              onInvalidToken: sessions.onInvalidToken ?? 'refuse',
              memory: sessions.memory,
              attributesOf,
            }),
        },
      ],
      exports: [RoutedPool],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }
}

/** What is not for the module itself. */
function poolOptionsOf({
  requestBudgetMs: _budget,
  exposeRoute: _expose,
  attributesOf: _attributes,
  sessions: _sessions,
  ...pool
}: DbRoutingModuleOptions): RoutedPoolOptions {
  return pool;
}
