import { definition } from '../../test/support/test-definition';
import { ConfigError } from './config-error';
import { loadServiceConfig } from './load-config';
import { DEVELOPMENT_JWT_SECRET } from './service-config';

const DATABASE_URL = 'postgres://me:pw@h1:5432,h2:5433/shop';
const SECRET = 's'.repeat(32);

const load = (environment: Record<string, string>) => loadServiceConfig(definition, environment);
const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe('loadServiceConfig, given what it cannot use', () => {
  it.each<[Record<string, string>, RegExp]>([
    [{}, /^DATABASE_URL is not set: name the database, as in postgres:/],
    [{ DATABASE_URL: 'postgres://h1:5432' }, /^DATABASE_URL cannot be used: it names no database/],
    [{ DATABASE_URL, TEST_PORT: 'http' }, /^TEST_PORT is "http": it must be a whole number/],
    [{ DATABASE_URL, TEST_MANAGEMENT_PORT: '65536' }, /^TEST_MANAGEMENT_PORT is "65536": it must be at most/],
    [
      { DATABASE_URL, TEST_MANAGEMENT_PORT: '3009' },
      /^TEST_PORT and TEST_MANAGEMENT_PORT are both 3009: metrics and health details have/,
    ],
    [
      { DATABASE_URL, OTEL_TRACES_EXPORTER: 'zipkin' },
      /^OTEL_TRACES_EXPORTER is "zipkin": it must be one of otlp, none/,
    ],
    [
      { DATABASE_URL, OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
      /^OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4317": it must be an http or https URL/,
    ],
    [
      { DATABASE_URL, OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      /^OTEL_EXPORTER_OTLP_PROTOCOL is "grpc": it must be http\/protobuf/,
    ],
    [{ DATABASE_URL, TEST_PORT: '-1' }, /^TEST_PORT is "-1": it must be at least 0/],
    [
      { DATABASE_URL, DATABASE_MAX_STALENESS_MS: '1' },
      /^DATABASE_MAX_STALENESS_MS is "1": it must be at least 1000/,
    ],
    [
      { DATABASE_URL, NODE_ENV: 'prod' },
      /^NODE_ENV is "prod": it must be one of development, test, production/,
    ],
    [{ DATABASE_URL, RATE_LIMIT_PER_MINUTE: '-1' }, /^RATE_LIMIT_PER_MINUTE is "-1": it must be at least 0/],
    [{ DATABASE_URL, API_DOCS: 'yes' }, /^API_DOCS is "yes": it must be one of on, off/],
    [
      { DATABASE_URL, JWKS_URL: 'ftp://keys' },
      /^JWKS_URL is "ftp:\/\/keys": it must be an http or https URL/,
    ],
    [
      { DATABASE_URL, CONSISTENCY_TOKEN_KEYS: 'k1:too-short' },
      /^CONSISTENCY_TOKEN_KEYS is \*\*\* \(12 characters\): it must be id:secret/,
    ],
    [
      { DATABASE_URL, NODE_ENV: 'production', JWKS_URL: 'https://issuer.example/keys' },
      /^CONSISTENCY_TOKEN_KEYS is not set: with JWKS_URL/,
    ],
    [
      { DATABASE_URL, JWT_SECRET: 'short' },
      /^JWT_SECRET is \*\*\* \(5 characters\): it must be at least 32 /,
    ],
    [{ DATABASE_URL, DATABASE_MONITOR_USER: 'monitor' }, /must be set together/],
    [
      { DATABASE_URL, DATABASE_PASSWORD: 'hunter2' },
      /^DATABASE_PASSWORD is set: DATABASE_URL must name a user and no password/,
    ],
    [{ DATABASE_URL, DATABASE_ROUTING: 'no' }, /^DATABASE_ROUTING is "no": it must be one of on, off/],
    [{ DATABASE_URL, DATABASE_ROUTING: 'off' }, /^DATABASE_ROUTING is off: DATABASE_URL must name one host/],
    [{ DATABASE_URL, DATABASE_HEDGING: 'yes' }, /^DATABASE_HEDGING is "yes": it must be one of on, off/],
    [
      { DATABASE_URL: 'postgres://me:pw@h1/shop', DATABASE_ROUTING: 'off', DATABASE_HEDGING: 'on' },
      /^DATABASE_ROUTING is off: DATABASE_HEDGING must be off then/,
    ],
    [
      { DATABASE_URL: 'postgres://me:pw@h1/shop', DATABASE_ROUTING: 'off', DATABASE_RULES: '[]' },
      /^DATABASE_ROUTING is off: DATABASE_RULES has no effect/,
    ],
    [
      { DATABASE_URL: 'postgres://me:pw@h1/shop', DATABASE_ROUTING: 'off', DATABASE_BALANCER: 'random' },
      /^DATABASE_ROUTING is off: DATABASE_BALANCER has no effect/,
    ],
    [
      { DATABASE_URL, DATABASE_BALANCER: 'fastest' },
      /^DATABASE_BALANCER is "fastest": it must be one of two-choices, round-robin, random, least-loaded, weighted/,
    ],
    [
      { DATABASE_URL, DATABASE_WEIGHTS: 'h1:5432=2' },
      /^DATABASE_WEIGHTS is set: DATABASE_BALANCER must be weighted then/,
    ],
    [
      { DATABASE_URL, DATABASE_BALANCER: 'weighted' },
      /^DATABASE_BALANCER is "weighted": DATABASE_WEIGHTS must be set then/,
    ],
    ...['h1:5432', 'h1:5432=', '=3', 'h1:5432=0', 'h1:5432=1001', 'h1:5432=1.5', 'h1:5432=1,h1:5432=2'].map(
      (weights): [Record<string, string>, RegExp] => [
        { DATABASE_URL, DATABASE_BALANCER: 'weighted', DATABASE_WEIGHTS: weights, DATABASE_DISCOVERY: 'dns' },
        new RegExp(
          `^DATABASE_WEIGHTS is "${weights}": it must be host:port=weight, .* whole numbers from 1 to 1000$`,
        ),
      ],
    ),
    [
      { DATABASE_URL, DATABASE_BALANCER: 'weighted', DATABASE_WEIGHTS: 'h1:5432=2,h3:5432=1' },
      /^DATABASE_WEIGHTS is "h1:5432=2,h3:5432=1": h3:5432 must be one of the nodes of DATABASE_URL, h1:5432, h2:5433$/,
    ],
    [{ DATABASE_URL, DATABASE_ZONE: 'a' }, /^DATABASE_ZONE and DATABASE_ZONES must be set together$/],
    [{ DATABASE_URL, DATABASE_ZONES: 'h1=a' }, /^DATABASE_ZONE and DATABASE_ZONES must be set together$/],
    [
      { DATABASE_URL, DATABASE_ZONE: 'my zone', DATABASE_ZONES: 'h1=a' },
      /^DATABASE_ZONE is "my zone": it must be 1 to 63 letters, digits, -, _ or \.$/,
    ],
    [
      { DATABASE_URL, DATABASE_ZONE: 'a', DATABASE_ZONES: 'h1=my zone' },
      /^DATABASE_ZONES is "h1=my zone": it must be host:port=zone, .* zones 1 to 63 letters, digits, -, _ or \.$/,
    ],
    [
      { DATABASE_URL, DATABASE_ZONE: 'a', DATABASE_ZONES: 'h3=a' },
      /^DATABASE_ZONES is "h3=a": h3 must be one of the nodes of DATABASE_URL, h1:5432, h2:5433$/,
    ],
    [
      { DATABASE_URL, DATABASE_MAX_CONNECTIONS_PER_NODE: '0' },
      /^DATABASE_MAX_CONNECTIONS_PER_NODE is "0": it must be at least 1/,
    ],
    [
      { DATABASE_URL, DATABASE_MAX_LANES_PER_NODE: '-1' },
      /^DATABASE_MAX_LANES_PER_NODE is "-1": it must be at least 0$/,
    ],
    [{ DATABASE_URL, DATABASE_PROCESSES: '0' }, /^DATABASE_PROCESSES is "0": it must be at least 1$/],
    [
      { DATABASE_URL, DATABASE_MAX_LANES_PER_NODE: '4', DATABASE_POOLER: 'transaction' },
      /^DATABASE_MAX_LANES_PER_NODE is "4": it must be 0 or unset while DATABASE_POOLER is transaction/,
    ],
    [
      { DATABASE_URL, DATABASE_STATEMENT_TIMEOUT_MS: '1e3' },
      /^DATABASE_STATEMENT_TIMEOUT_MS is "1e3": it must be a whole number$/,
    ],
    [
      { DATABASE_URL: `${DATABASE_URL}?statement_timeout=50`, DATABASE_STATEMENT_TIMEOUT_MS: '60' },
      /^DATABASE_STATEMENT_TIMEOUT_MS is "60": DATABASE_URL sets statement_timeout as well/,
    ],
    [
      { DATABASE_URL, DATABASE_PROBE_INTERVAL_MS: '6000' },
      /^DATABASE_MAX_STALENESS_MS is "10000": it must be at least 12000, twice DATABASE_PROBE_INTERVAL_MS$/,
    ],
    [
      { DATABASE_URL: 'postgres://h1/shop', DATABASE_ROUTING: 'off', DATABASE_POSITION_WAIT_MS: '100' },
      /^DATABASE_ROUTING is off: DATABASE_POSITION_WAIT_MS has no effect then, unset it$/,
    ],
    [
      { DATABASE_URL: `${DATABASE_URL}?sslmode=bogus` },
      /^DATABASE_URL cannot be used: its parameter sslmode is 'bogus': it must be one of disable, prefer/,
    ],
    [
      { DATABASE_URL: `${DATABASE_URL}?ssl_mode=require` },
      /^DATABASE_URL cannot be used: its parameter ssl_mode is unknown, did you mean sslmode\?/,
    ],
    [
      { DATABASE_URL, DATABASE_MAX_STALENES_MS: '5000' },
      /^DATABASE_MAX_STALENES_MS is set: no option has this name, did you mean DATABASE_MAX_STALENESS_MS\?$/,
    ],
    [
      { DATABASE_URL, DATABASE_POOLER: 'session' },
      /^DATABASE_POOLER is "session": it must be one of none, transaction/,
    ],
    [
      { DATABASE_URL, CONSISTENCY_MEMORY: 'redis' },
      /^CONSISTENCY_MEMORY is "redis": it must be one of off, process/,
    ],
    [
      { DATABASE_URL, CONSISTENCY_MEMORY_SUBJECTS: '10' },
      /^CONSISTENCY_MEMORY_SUBJECTS is "10": CONSISTENCY_MEMORY must be process then, it is off/,
    ],
    [
      { DATABASE_URL, CONSISTENCY_MEMORY: 'process', CONSISTENCY_MEMORY_LIFETIME_MS: '5' },
      /^CONSISTENCY_MEMORY_LIFETIME_MS is "5": it must be at least 1000/,
    ],
    [
      { DATABASE_URL, JWT_SECRET_FILE: '/nowhere/secret' },
      /^JWT_SECRET_FILE is "\/nowhere\/secret": it cannot be read/,
    ],
    [
      { DATABASE_URL, JWT_SECRET: SECRET, JWKS_URL: 'https://i.example' },
      /JWT_SECRET and JWKS_URL are both set/,
    ],
    [{ DATABASE_URL, NODE_ENV: 'production' }, /^JWKS_URL is not set: production needs it/],
    [
      { DATABASE_URL, NODE_ENV: 'production', JWT_SECRET: DEVELOPMENT_JWT_SECRET },
      /^JWT_SECRET is the development secret/,
    ],
  ])('refuses %j in one line', (environment, line) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(line)]);
  });

  it('names every problem, and shows no password', () => {
    const problems = problemsOf({
      DATABASE_URL: 'mysql://me:hunter2@with@signs/shop',
      DATABASE_MONITOR_PASSWORD: 'hunter2',
      JWT_SECRET: 'hunter2',
      NODE_ENV: 'production',
      DRAIN_TIMEOUT_MS: 'soon',
      TEST_PORT: '65536',
    });
    expect(problems).toHaveLength(5);
    expect(problems.join()).not.toContain('hunter2');
  });
});
