import type { ConfigurationError } from '../../errors';
import type { ConnectionTarget } from './connection-url';
import { checkTlsParameters, TLS_PARAMETERS } from './tls';

/** What the parameters of a URL say besides nodes and encryption. As in pg, they win over options. */
export interface UrlSettings {
  readonly applicationName?: string;
  readonly fallbackApplicationName?: string;
  readonly options?: string;
  readonly acquireTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly queryTimeoutMs?: number;
  readonly keepAliveInitialDelayMillis?: number;
  readonly sslnegotiation?: 'postgres' | 'direct';
  readonly enableChannelBinding?: boolean;
}

type Reader = (value: string, fail: (limit: string) => ConfigurationError) => UrlSettings;

/** The longest wait that timers of Node.js and settings of PostgreSQL can hold. */
const MAX_MS = 2_147_483_647;
const MAX_SECONDS = Math.floor(MAX_MS / 1000);

const READERS: Readonly<Record<string, Reader>> = {
  application_name: (value) => ({ applicationName: value }),
  fallback_application_name: (value) => ({ fallbackApplicationName: value }),
  options: (value) => ({ options: value }),
  connect_timeout: (value, fail) => ({ acquireTimeoutMs: wholeNumber(value, fail, MAX_SECONDS) * 1000 }),
  statement_timeout: (value, fail) => ({ statementTimeoutMs: wholeNumber(value, fail) }),
  query_timeout: (value, fail) => ({ queryTimeoutMs: wholeNumber(value, fail) }),
  lock_timeout: (value, fail) => ({ lockTimeoutMs: wholeNumber(value, fail) }),
  idle_in_transaction_session_timeout: (value, fail) => ({
    idleInTransactionTimeoutMs: wholeNumber(value, fail),
  }),
  keepalives_idle: (value, fail) => ({
    keepAliveInitialDelayMillis: wholeNumber(value, fail, MAX_SECONDS) * 1000,
  }),
  keepalives: only(['1'], 'connections are always kept alive'),
  client_encoding: only(['UTF8', 'auto', 'utf8', 'UTF-8', 'utf-8'], 'the driver speaks UTF8'),
  gssencmode: only(['disable'], 'the driver has no GSSAPI'),
  target_session_attrs: only(
    ['any'],
    'the pool detects which node is the primary, and rules say what goes where: ' +
      'every statement to the primary with rules: [{ name, role: "primary" }]',
  ),
  sslnegotiation: (value, fail) => {
    if (value !== 'postgres' && value !== 'direct') throw fail('it must be postgres or direct');
    return { sslnegotiation: value };
  },
  channel_binding: (value, fail) => {
    if (value !== 'prefer' && value !== 'disable') {
      throw fail(
        'it must be prefer or disable: the driver binds channels if the server offers it, and cannot require it',
      );
    }
    return { enableChannelBinding: value === 'prefer' };
  },
};

/** Parameters of libpq, pg and related tools that this pool refuses, and what to use instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  connectionTimeoutMillis: 'use connect_timeout, in seconds, or the option acquireTimeoutMs',
  load_balance_hosts: 'reads are spread over the replicas: see the option balancer',
  database: 'the database is the path of the URL',
  db: 'the database is the path of the URL',
  encoding: 'the driver speaks UTF8',
  hostaddr: 'name the addresses as hosts',
  replication: 'replication connections do not come from a pool',
  binary: 'results are text',
  schema: 'use options=-c%20search_path%3D…',
  connection_limit: 'use the option maxConnectionsPerNode',
  max: 'use the option maxConnectionsPerNode',
  pool_timeout: 'use the option acquireTimeoutMs',
  pgbouncer: "use the option pooler: 'transaction'",
  passfile: 'use PGPASSFILE, or the option password',
  service: 'services are not read: write what it says into the URL',
  sslpassword: 'use the option ssl',
  sslcrl: 'use the option ssl',
  sslsni: 'use the option ssl',
  sslcompression: 'nothing is compressed',
  ssl_min_protocol_version: 'use the option ssl',
  ssl_max_protocol_version: 'use the option ssl',
  sslcertmode: 'use sslcert and sslkey',
  requirepeer: 'it cannot be checked',
  require_auth: 'it cannot be checked',
  tcp_user_timeout: 'it cannot be set',
  keepalives_interval: 'it cannot be set',
  keepalives_count: 'it cannot be set',
  krbsrvname: 'the driver has no GSSAPI',
  gsslib: 'the driver has no GSSAPI',
  gssdelegation: 'the driver has no GSSAPI',
};

/** Parameters that say which nodes, which user and which database. */
const TARGET = ['host', 'port', 'user', 'password', 'dbname'];
const KNOWN = [...TARGET, ...Object.keys(READERS), ...TLS_PARAMETERS];

/** Reads every parameter or refuses it. Throws ConfigurationError when one is refused. */
export function urlSettings(target: ConnectionTarget): UrlSettings {
  const { parameterErrors: errors } = target;
  const tls: readonly string[] = TLS_PARAMETERS;
  const read = [...target.parameters.reveal()].map(([name, value], at): UrlSettings => {
    if (tls.includes(name)) return {};
    if (Object.hasOwn(READERS, name)) {
      return (READERS[name] as Reader)(value, (limit) => errors.invalid(name, value, limit));
    }
    if (Object.hasOwn(INSTEAD, name)) throw errors.unsupported(name, INSTEAD[name] as string);
    throw errors.unknown(at + 1, name, KNOWN, [...KNOWN, ...Object.keys(INSTEAD)]);
  });
  checkTlsParameters(target);
  return Object.assign({}, ...read) as UrlSettings;
}

function wholeNumber(value: string, fail: (limit: string) => ConfigurationError, max = MAX_MS): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > max)
    throw fail(`it must be a whole number from 1 to ${max}: all waiting is bounded`);
  return number;
}

/** A parameter that may only say what is always so. */
function only(accepted: readonly string[], why: string): Reader {
  return (value, fail) => {
    if (accepted.includes(value)) return {};
    throw fail(`only ${accepted[0]} is supported: ${why}`);
  };
}
