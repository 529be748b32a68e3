import { definition } from '../../test/support/test-definition';
import { loadDatabaseConfig, loadServiceConfig } from './load-config';
import { DEVELOPMENT_JWT_SECRET } from './service-config';
import { derivedTokenKey } from './token-keys';

const DATABASE_URL = 'postgres://me:pw@h1:5432,h2:5433/shop';
const SECRET = 's'.repeat(32);

const load = (environment: Record<string, string>) => loadServiceConfig(definition, environment);
describe('loadServiceConfig', () => {
  it('requires only the database', () => {
    expect(load({ DATABASE_URL })).toEqual({
      environment: 'development',
      host: '127.0.0.1',
      port: 3009,
      managementPort: 3109,
      database: {
        url: DATABASE_URL,
        monitor: undefined,
        maxStalenessMs: 10_000,
        balancer: 'two-choices',
        catalogRefreshMs: 60_000,
        startTimeoutMs: 30_000,
        requestBudgetMs: 2_500,
        discovery: 'static',
        discoveryIntervalMs: 5_000,
        maxConnectionsPerNode: 10,
        processes: 1,
        acquireTimeoutMs: 2_000,
        positionWaitMs: 100,
        statementTimeoutMs: 30_000,
        transactionTimeoutMs: 30_000,
        idleInTransactionTimeoutMs: 10_000,
        failoverWaitMs: 2_000,
        failoverQueueLimit: 1_000,
        slowStartMs: 5_000,
      },
      auth: { keys: { secret: DEVELOPMENT_JWT_SECRET }, issuer: undefined, audience: undefined },
      sessions: {
        tokenKeys: [derivedTokenKey(DEVELOPMENT_JWT_SECRET)],
        onInvalidToken: 'refuse',
        hasCookie: false,
      },
      calls: {},
      http: { rateLimitPerMinute: 1_000, hasApiDocs: true },
      hasRoutingFeed: true,
      isTracing: false,
      drainDelayMs: 1_000,
      drainTimeoutMs: 10_000,
      warnings: [],
    });
  });

  it('reads every option', () => {
    expect(
      load({
        NODE_ENV: 'production',
        HOST: '::',
        TEST_PORT: '8080',
        TEST_MANAGEMENT_PORT: '0',
        DATABASE_URL,
        DATABASE_MONITOR_USER: 'monitor',
        DATABASE_MONITOR_PASSWORD: 'secret',
        DATABASE_MAX_STALENESS_MS: '2000',
        DATABASE_BALANCER: 'weighted',
        DATABASE_WEIGHTS: 'h1:5432=3, 10.0.0.7:5432=1',
        DATABASE_ZONE: 'eu-1a',
        DATABASE_ZONES: 'h1=eu-1a,h2:5433=eu-1b',
        DATABASE_HEDGING: 'on',
        DATABASE_TRUSTED_FUNCTIONS: 'audit.note, price_of',
        DATABASE_CATALOG_REFRESH_MS: '5000',
        DATABASE_START_TIMEOUT_MS: '5000',
        DATABASE_FAILOVER_WAIT_MS: '700',
        DATABASE_REQUEST_BUDGET_MS: '800',
        DATABASE_DISCOVERY: 'srv',
        DATABASE_DISCOVERY_INTERVAL_MS: '900',
        DATABASE_MAX_CONNECTIONS_PER_NODE: '20',
        DATABASE_MAX_LANES_PER_NODE: '0',
        DATABASE_PROCESSES: '4',
        DATABASE_MAX_SPILLED_READS: '3',
        DATABASE_ACQUIRE_TIMEOUT_MS: '1001',
        DATABASE_READ_QUEUE_WAIT_MS: '1002',
        DATABASE_POSITION_WAIT_MS: '103',
        DATABASE_STATEMENT_TIMEOUT_MS: '1004',
        DATABASE_TRANSACTION_TIMEOUT_MS: '1005',
        DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: '1006',
        DATABASE_FAILOVER_QUEUE_LIMIT: '7',
        DATABASE_SLOW_START_MS: '1008',
        DATABASE_PROBE_INTERVAL_MS: '250',
        DATABASE_POOLER: 'transaction',
        RATE_LIMIT_PER_MINUTE: '60',
        API_DOCS: 'on',
        DRAIN_DELAY_MS: '0',
        JWKS_URL: 'https://issuer.example/keys',
        JWT_ISSUER: 'https://issuer.example',
        JWT_AUDIENCE: 'shop',
        CONSISTENCY_TOKEN_KEYS: `k2:${SECRET}, k1:${SECRET}:with:colons`,
        CONSISTENCY_INVALID_TOKEN: 'ignore',
        CONSISTENCY_COOKIE: 'on',
        CONSISTENCY_MEMORY: 'process',
        CONSISTENCY_MEMORY_SUBJECTS: '5000',
        CONSISTENCY_MEMORY_LIFETIME_MS: '60000',
        DRAIN_TIMEOUT_MS: '1000',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      }),
    ).toEqual({
      environment: 'production',
      host: '::',
      port: 8080,
      managementPort: 0,
      database: {
        url: DATABASE_URL,
        monitor: { user: 'monitor', password: 'secret' },
        maxStalenessMs: 2000,
        balancer: 'weighted',
        weights: { 'h1:5432': 3, '10.0.0.7:5432': 1 },
        zone: 'eu-1a',
        zones: { h1: 'eu-1a', 'h2:5433': 'eu-1b' },
        hedging: {},
        trustedFunctions: ['audit.note', 'price_of'],
        catalogRefreshMs: 5000,
        startTimeoutMs: 5000,
        failoverWaitMs: 700,
        requestBudgetMs: 800,
        discovery: 'srv',
        discoveryIntervalMs: 900,
        maxConnectionsPerNode: 20,
        maxLanesPerNode: 0,
        processes: 4,
        maxSpilledReads: 3,
        acquireTimeoutMs: 1001,
        readQueueWaitMs: 1002,
        positionWaitMs: 103,
        statementTimeoutMs: 1004,
        transactionTimeoutMs: 1005,
        idleInTransactionTimeoutMs: 1006,
        failoverQueueLimit: 7,
        slowStartMs: 1008,
        probeIntervalMs: 250,
        pooler: 'transaction',
      },
      auth: {
        keys: { jwksUrl: new URL('https://issuer.example/keys') },
        issuer: 'https://issuer.example',
        audience: 'shop',
      },
      calls: {},
      sessions: {
        tokenKeys: [
          { id: 'k2', secret: SECRET },
          { id: 'k1', secret: `${SECRET}:with:colons` },
        ],
        onInvalidToken: 'ignore',
        hasCookie: true,
        memory: { maxSubjects: 5000, lifetimeMs: 60_000 },
      },
      http: { rateLimitPerMinute: 60, hasApiDocs: true },
      hasRoutingFeed: false,
      isTracing: true,
      drainDelayMs: 0,
      drainTimeoutMs: 1000,
      warnings: [],
    });
  });

  it('warns of unknown names that may be those of another program', () => {
    expect(load({ DATABASE_URL, DATABASE_HOST: 'h1' }).warnings).toEqual([
      'DATABASE_HOST has no effect: no option has this name',
    ]);
  });

  it('listens on the network in production only', () => {
    expect(load({ DATABASE_URL, NODE_ENV: 'production', JWT_SECRET: SECRET }).host).toBe('0.0.0.0');
    expect(load({ DATABASE_URL, NODE_ENV: 'test' }).host).toBe('127.0.0.1');
  });

  it('serves the API documents outside production only, unless asked for', () => {
    const production = { DATABASE_URL, NODE_ENV: 'production', JWT_SECRET: SECRET };
    expect(load(production).http.hasApiDocs).toBe(false);
    expect(load({ ...production, API_DOCS: 'on' }).http.hasApiDocs).toBe(true);
    expect(load({ DATABASE_URL, API_DOCS: 'off' }).http.hasApiDocs).toBe(false);
  });

  it('serves the routing feed outside production only, unless asked for', () => {
    const production = { DATABASE_URL, NODE_ENV: 'production', JWT_SECRET: SECRET };
    expect(load(production).hasRoutingFeed).toBe(false);
    expect(load({ ...production, ROUTING_FEED: 'on' }).hasRoutingFeed).toBe(true);
    expect(load({ DATABASE_URL, ROUTING_FEED: 'off' }).hasRoutingFeed).toBe(false);
  });

  it('limits no requests when RATE_LIMIT_PER_MINUTE is 0', () => {
    expect(load({ DATABASE_URL, RATE_LIMIT_PER_MINUTE: '0' }).http.rateLimitPerMinute).toBeUndefined();
  });

  it('puts DATABASE_PASSWORD into the URL', () => {
    const { database } = load({ DATABASE_URL: 'postgres://me@h1,h2:5433/shop', DATABASE_PASSWORD: 'a/b@c' });
    expect(database.url).toBe('postgres://me:a%2Fb%40c@h1,h2:5433/shop');
  });

  it('sends everything to the single endpoint when routing is off', () => {
    const { database } = load({ DATABASE_URL: 'postgres://me:pw@pooler:6432/shop', DATABASE_ROUTING: 'off' });
    expect(database.rules).toEqual([{ name: 'routing-off', role: 'primary' }]);
    expect(database.probeIntervalMs).toBe(3_000);
  });

  it('reads only the database settings for a command', () => {
    expect(loadDatabaseConfig({ DATABASE_URL, NODE_ENV: 'production' }).url).toBe(DATABASE_URL);
    expect(() => loadDatabaseConfig({ DATABASE_ROUTING: 'maybe' })).toThrow(
      /DATABASE_URL is not set.*\n.*maybe/,
    );
  });

  it.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'orders' }, false],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'True' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'false' }, true],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, false],
  ])('sets tracing with %j to %s', (environment, isTracing) => {
    expect(load({ DATABASE_URL, ...environment }).isTracing).toBe(isTracing);
  });

  it('allows any free port for both ports', () => {
    expect(load({ DATABASE_URL, TEST_PORT: '0', TEST_MANAGEMENT_PORT: '0' })).toMatchObject({
      port: 0,
      managementPort: 0,
    });
  });

  it('treats an empty variable as not set', () => {
    expect(load({ DATABASE_URL, TEST_PORT: '', JWT_SECRET: '', HOST: '' })).toEqual(load({ DATABASE_URL }));
  });
});
