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
    // A misspelt name.
    ['ssl_mode=require', 'its parameter ssl_mode is unknown, did you mean sslmode?'],
    ['sslMode=require', 'its parameter sslMode is unknown, did you mean sslmode?'],
    ['sslnegotation=direct', 'its parameter sslnegotation is unknown, did you mean sslnegotiation?'],
    ['connectTimeout=3', 'its parameter connectTimeout is unknown, did you mean connect_timeout?'],
    ['statment_timeout=3', 'its parameter statment_timeout is unknown, did you mean statement_timeout?'],
    ['pasword=hunter2', 'its parameter pasword is unknown, did you mean password?'],
    ['load_balance_host=random', 'did you mean load_balance_hosts?'],
    ['sslmode=disable&colour=blue', 'its parameter colour is unknown; the known ones are host, port, user'],
    ['constructor=1', 'its parameter constructor is unknown; the known ones are'],
    ['a%20b=1', 'parameter 1 of its query string is unknown; the known ones are'],
    // A known name, another value.
    [
      'sslmode=bogus',
      "its parameter sslmode is 'bogus': it must be one of disable, prefer, require, verify-ca",
    ],
    [
      'sslmode=requre',
      "sslmode is 'requre': it must be one of disable, .*, no-verify, did you mean require?",
    ],
    ['sslmode=verify_full', 'did you mean verify-full?'],
    ['sslmode=allow', "its parameter sslmode is 'allow': it must be one of"],
    ['sslmode=', "its parameter sslmode is '': it must be one of"],
    ['ssl=maybe', "its parameter ssl is 'maybe': it must be one of true, 1, false, 0, no-verify"],
    ['sslmode=require&uselibpqcompat=yes', "uselibpqcompat is 'yes': it must be one of true, false"],
    ['sslmode=verify-ca&uselibpqcompat=true', "sslmode is 'verify-ca': .* requires specifying a CA"],
    ['sslrootcert=/nowhere/ca.pem', "sslrootcert is '/nowhere/ca.pem': it cannot be read (ENOENT)"],
    ['sslnegotiation=maybe', "its parameter sslnegotiation is 'maybe': it must be postgres or direct"],
    ['sslnegotiation=direct&sslmode=disable', "sslnegotiation is 'direct': it needs TLS"],
    ['channel_binding=require', "channel_binding is 'require': it must be prefer or disable"],
    ['connect_timeout=abc', "connect_timeout is 'abc': it must be a whole number from 1 to 2147483:"],
    ['connect_timeout=2147484', "connect_timeout is '2147484': it must be a whole number from 1 to 2147483:"],
    ['connect_timeout=-1', "connect_timeout is '-1': it must be a whole number"],
    ['statement_timeout=0', "statement_timeout is '0': it must be a whole number from 1 to 2147483647:"],
    ['lock_timeout=5s', "lock_timeout is '5s': it must be a whole number"],
    ['query_timeout=1e3', "query_timeout is '1e3': it must be a whole number"],
    ['idle_in_transaction_session_timeout=', "idle_in_transaction_session_timeout is '': it must be a whole"],
    ['keepalives_idle=1.5', "keepalives_idle is '1.5': it must be a whole number"],
    [
      'keepalives=0',
      "its parameter keepalives is '0': only 1 is supported: connections are always kept alive",
    ],
    ['client_encoding=latin1', "its parameter client_encoding is 'latin1': only UTF8 is supported"],
    ['gssencmode=require', "its parameter gssencmode is 'require': only disable is supported"],
    [
      'target_session_attrs=read-write',
      "target_session_attrs is 'read-write': only any is supported: the pool",
    ],
    // A name that means something elsewhere.
    ['load_balance_hosts=random', 'load_balance_hosts is not supported: .* option balancer'],
    ['connectionTimeoutMillis=5', 'connectionTimeoutMillis is not supported: use connect_timeout'],
    ['schema=public', 'schema is not supported: use options'],
  ])('%s is refused, with %s', (query, message) => {
    const { limit } = refused(query);
    for (const part of message.split('.*')) expect(limit).toContain(part);
    expect(limit).not.toContain('hunter2');
  });

  it('are not repeated when a password is among them: an & may have cut it', () => {
    const cut = [
      ['password=abc&hunter2=1', 'parameter 1 of its query string is unknown'],
      ['password=abc&sslmode=hunter2', "its parameter sslmode is '***': it must be one of disable"],
      ['sslmode=hunter2&password=abc', "its parameter sslmode is '***': it must be one of disable"],
    ];
    for (const [query = '', message = ''] of cut) {
      const { limit } = refusedBy(() => resolveOptions({ url: `postgres://me@h1/db?${query}` }));
      expect(limit).toContain(message);
      expect(limit).not.toContain('hunter2');
    }
  });

  it('begin TLS directly, and turn it on, as in node-postgres', () => {
    expect(resolved('sslnegotiation=direct')).toMatchObject({ connection: { ssl: true } });
  });
});

function refused(query: string): ConfigurationError {
  return refusedBy(() => resolved(query));
}

function refusedBy(act: () => unknown): ConfigurationError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

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
