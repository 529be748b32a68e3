import type { PoolConfig } from 'pg';
import { ConfigurationError } from '../../errors';
import { pgPoolConfig, resolveOptions, type RoutedPoolOptions } from '../pool/options/options';

const HOSTS = 'postgres://me:pw@h1,h2:5433';
const resolved = (query: string, options: Partial<RoutedPoolOptions> = {}) =>
  resolveOptions({ url: `${HOSTS}/db?${query}`, ...options });

describe('the parameters of the URL', () => {
  it.each([
    ['application_name=a', { applicationName: 'a' }],
    ['fallback_application_name=a', { applicationName: 'a' }],
    ['connect_timeout=3', { acquireTimeoutMs: 3_000 }],
    ['statement_timeout=50', { statementTimeoutMs: 50 }],
    ['idle_in_transaction_session_timeout=60', { idleInTransactionTimeoutMs: 60 }],
    ['lock_timeout=70', { connection: { lockTimeoutMs: 70 } }],
    ['query_timeout=80', { connection: { queryTimeoutMs: 80 } }],
    ['options=-c%20search_path%3Da', { connection: { options: '-c search_path=a' } }],
    ['sslmode=disable', { connection: { ssl: false } }],
    ['ssl=false', { connection: { ssl: false } }],
    ['ssl=true', { connection: { ssl: true } }],
    ['sslmode=verify-full', { connection: { ssl: {} } }],
    ['sslmode=no-verify', { connection: { ssl: { rejectUnauthorized: false } } }],
    ['ssl=no-verify', { connection: { ssl: { rejectUnauthorized: false } } }],
    ['sslmode=require&uselibpqcompat=true', { connection: { ssl: { rejectUnauthorized: false } } }],
    ['ssl=true&sslnegotiation=direct', { connection: { ssl: true, sslnegotiation: 'direct' } }],
    ['channel_binding=prefer', { connection: { enableChannelBinding: true } }],
    ['keepalives=1&keepalives_idle=5', { connection: { keepAliveInitialDelayMillis: 5_000 } }],
    ['target_session_attrs=any&client_encoding=UTF8', {}],
  ])('%s is honoured', (query, expected) => {
    expect(resolved(query)).toMatchObject(expected);
  });

  it('win over options, as in node-postgres', () => {
    expect(resolved('statement_timeout=50', { statementTimeoutMs: 60 }).statementTimeoutMs).toBe(50);
    expect(resolved('application_name=a', { applicationName: 'b' }).applicationName).toBe('a');
  });

  it.each([
    ['target_session_attrs=read-write', /target_session_attrs is not supported/],
    ['load_balance_hosts=random', /load_balance_hosts is not supported: .* option balancer/],
    ['channel_binding=require', /channel_binding must be prefer or disable/],
    ['sslmode=requre', /sslmode must be one of disable/],
    ['ssl=maybe', /ssl must be one of true/],
    ['sslrootcert=/nowhere/ca.pem', /sslrootcert cannot be read \(ENOENT\)/],
    ['connectionTimeoutMillis=5', /connectionTimeoutMillis is not supported: use connect_timeout/],
    ['statement_timeout=0', /statement_timeout must be a whole number of at least 1/],
    ['connect_timeout=soon', /connect_timeout must be a whole number/],
    ['keepalives=0', /keepalives is not supported with this value/],
    ['schema=public', /schema is not supported: use options/],
    ['constructor=1', /parameter 1 of its query string is unknown/],
    ['sslmode=disable&colour=blue', /parameter 2 of its query string is unknown/],
  ])('%s is refused by name', (query, message) => {
    expect(() => resolved(query)).toThrow(ConfigurationError);
    expect(() => resolved(query)).toThrow(message);
  });
});

describe('options of node-postgres', () => {
  const refused: Record<string, unknown> = {
    connectionString: 'postgres://h/db',
    host: 'h',
    port: 1,
    user: 'u',
    database: 'd',
    max: 3,
    min: 1,
    idleTimeoutMillis: 1,
    connectionTimeoutMillis: 1,
    maxUses: 1,
    maxLifetimeSeconds: 1,
    allowExitOnIdle: false,
    keepAlive: false,
    Client: Function,
    Promise,
    log: () => undefined,
    verify: () => undefined,
    statement_timeout: 1,
    colour: 'blue',
  };

  it.each(Object.entries(refused))('%s is refused by name', (name, value) => {
    const options = { [name]: value };
    expect(() => resolved('', options)).toThrow(ConfigurationError);
    expect(() => resolved('', options)).toThrow(new RegExp(`^${name} is `));
  });

  it('are accepted where they say what is done anyway', () => {
    const options: PoolConfig = { keepAlive: true, allowExitOnIdle: true, max: undefined };
    expect(() => resolveOptions({ url: `${HOSTS}/db`, ...options })).not.toThrow();
  });

  it.each([
    [{ ssl: 'require' as never }, /^ssl is 'string': must be true, false/],
    [{ ssl: { key: 'no key' } }, /^ssl is '\*\*\*': its TLS settings cannot be used/],
    [{ password: 5 as never }, /^password is '\*\*\*': the url holds one as well/],
    [{ monitor: { user: 'm', password: 5 as never } }, /^monitor.password is 'number': must be a string/],
  ])('that cannot work are refused: %o', (options, message) => {
    expect(() => resolved('', options)).toThrow(message);
  });

  it('may not say another thing than the URL about encryption', () => {
    expect(() => resolved('sslmode=require', { ssl: true })).toThrow(
      /^ssl is .*the url says sslmode as well/,
    );
  });
});

describe("the pool's options in the shape of node-postgres", () => {
  it('hold what other libraries read, and hide the password as it does', () => {
    const options = pgPoolConfig(resolved('', { maxConnectionsPerNode: 4, applicationName: 'shop' }));
    expect(options).toMatchObject({ host: 'h1', port: 5432, user: 'me', database: 'db', max: 4 });
    expect(options.application_name).toBe('shop');
    expect(Object.keys(options)).not.toContain('password');
    expect(options.password).toEqual(expect.any(Function));
    expect('connectionString' in options).toBe(false);
  });
});
