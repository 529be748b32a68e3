import {
  type DynamicModule,
  type FactoryProvider,
  Global,
  Inject,
  Logger,
  Module,
  type ModuleMetadata,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { SessionMemory } from '../consistency/session-memory';
import type { ConsistencyTokensOptions } from '../consistency/consistency-token';
import type { RoutedPoolOptions } from '../postgres/pool/options/options';
import { ConfigurationError } from '../errors';
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
import { installScopeMiddleware } from './scope-middleware';
import { Admission, type AttributesOf } from './admission';
import { AdmissionGuard } from './admission.guard';
import { AdmissionInterceptor } from './admission.interceptor';
import { DEFAULT_REQUEST_BUDGET_MS, RequestScopes } from './request-scopes';
import { DEFAULT_COOKIE, type TokenCookieOptions } from './token-cookie';

/** When a request is admitted: its tokens are judged, and `attributesOf` is asked. */
export interface AdmissionChoice {
  /**
   * `interceptor`: after all guards, with every adapter and transport. `guard`: as a global guard, after the
   * global guards of the modules imported before this one, for HTTP on Fastify only. It saves each request
   * the way through RxJS, a quarter of the CPU time of a short one, as long as the application has no other
   * interceptors. Default `interceptor`.
   */
  readonly admission?: 'interceptor' | 'guard';
}

export interface DbRoutingModuleOptions extends RoutedPoolOptions, AdmissionChoice {
  readonly name?: undefined;
  /**
   * Time for all database work of one request, in milliseconds; statements still running are then cancelled.
   * Default 10,000.
   */
  readonly requestBudgetMs?: number;
  /**
   * Shows in the response header `x-db-route` where a request's statements went. Not for production. Default
   * false.
   */
  readonly exposeRoute?: boolean;
  /**
   * Returns what routing rules may ask about a request: subject, roles, tenant. The handler is known without
   * it.
   */
  readonly attributesOf?: AttributesOf;
  /** How sessions travel from one request to the next, and to other services. Default: not at all. */
  readonly sessions?: SessionOptions | undefined;
}

export interface SessionOptions {
  /**
   * Signs the header `Consistency-Token`. Without it, only the memory carries sessions. All services share
   * the keys.
   */
  readonly tokens?: ConsistencyTokensOptions | undefined;
  /**
   * What happens to a request whose token is forged, expired, malformed, of another subject or ahead of the
   * primary: `refuse` answers 400, `ignore` goes on without the token. Default `refuse`. An invalid
   * cookie is always ignored.
   */
  readonly onInvalidToken?: 'refuse' | 'ignore';
  /**
   * Sends the token as a cookie too, for browsers: HttpOnly, with the settings given here. Default: no
   * cookie.
   */
  readonly cookie?: Partial<TokenCookieOptions> | undefined;
  /** Remembers sessions by subject (see `attributesOf`), for clients that carry no token. Default: none. */
  readonly memory?: SessionMemory | undefined;
}

/** The usual options of an asynchronous Nest module. */
export interface DbRoutingModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'>, AdmissionChoice {
  readonly name?: undefined;
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...args: never[]) => MadeOptions | Promise<MadeOptions>;
}

/** Nest wants to know before it makes anything which guards and interceptors there are. */
type MadeOptions = Omit<DbRoutingModuleOptions, keyof AdmissionChoice>;

const MODULE_OPTIONS = Symbol('db-routing options');
const ADMISSION_CHOICE = Symbol('db-routing: how requests are admitted');
const ONLY_ONE = Symbol('db-routing: the only one without a name');

const ADMITTING: Readonly<Record<NonNullable<AdmissionChoice['admission']>, Provider>> = {
  interceptor: {
    provide: APP_INTERCEPTOR,
    inject: [Admission],
    useFactory: (admission: Admission) => new AdmissionInterceptor(admission),
  },
  guard: {
    provide: APP_GUARD,
    inject: [Admission],
    useFactory: (admission: Admission) => new AdmissionGuard(admission),
  },
};

/** Provides the RoutedPool to the whole application, and ends it with the application. */
@Global()
@Module({})
export class DbRoutingModule implements OnApplicationShutdown {
  constructor(
    @Inject(RoutedPool) private readonly pool: RoutedPool,
    @Inject(RequestScopes) scopes: RequestScopes,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(ADMISSION_CHOICE) admission: NonNullable<AdmissionChoice['admission']>,
  ) {
    // A testing module may have none yet.
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    if (admission === 'guard' && adapter && adapter.getType() !== 'fastify') {
      throw new ConfigurationError('admission', admission, `needs Fastify, not ${adapter.getType()}`);
    }
    // Immediately, or when a testing module gets its adapter.
    host.init$.subscribe(() => installScopeMiddleware(host.httpAdapter, scopes));
  }

  /** A `name` makes it an additional pool, see NamedPoolModuleOptions; all pools but one need a name. */
  static forRoot(options: DbRoutingModuleOptions | NamedPoolModuleOptions): DynamicModule {
    if (isNamed(options))
      return NamedPoolModule.forRootAsync({ name: options.name, useFactory: () => options });
    const { admission } = options;
    return DbRoutingModule.forRootAsync({ ...(admission && { admission }), useFactory: () => options });
  }

  static forRootAsync(asked: DbRoutingModuleAsyncOptions | NamedPoolModuleAsyncOptions): DynamicModule {
    if (isNamed(asked)) return NamedPoolModule.forRootAsync(asked);
    const { imports = [], inject = [], useFactory, admission = 'interceptor' } = asked;
    return {
      module: DbRoutingModule,
      imports,
      providers: [
        { provide: MODULE_OPTIONS, inject, useFactory: useFactory as FactoryProvider['useFactory'] },
        { provide: ADMISSION_CHOICE, useValue: admission },
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
          provide: Admission,
          inject: [RoutedPool, RequestScopes, MODULE_OPTIONS],
          useFactory: (
            pool: RoutedPool,
            scopes: RequestScopes,
            { sessions = {}, attributesOf = () => ({}) }: DbRoutingModuleOptions,
          ) =>
            new Admission({
              pool,
              scopes,
              onInvalidToken: sessions.onInvalidToken ?? 'refuse',
              memory: sessions.memory,
              attributesOf,
            }),
        },
        ADMITTING[admission],
      ],
      exports: [RoutedPool],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.pool.ending) await this.pool.end();
  }
}

/** Returns the options without those of the module itself. */
function poolOptionsOf({
  requestBudgetMs: _budget,
  exposeRoute: _expose,
  attributesOf: _attributes,
  sessions: _sessions,
  admission: _admission,
  ...pool
}: DbRoutingModuleOptions): RoutedPoolOptions {
  return pool;
}
