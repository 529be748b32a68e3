import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveTo, type Identity } from '../process/run-as';

/** The server that a replica streams from. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly passfile: string;
  /** Physical slot on the upstream; also the replica's name in pg_stat_replication. */
  readonly slot: string;
}

export interface NodeConfig {
  readonly listenAddresses: string;
  readonly port: number;
  readonly upstream: Upstream | undefined;
  readonly applyDelayMs: number;
  /** The caller's settings, which take precedence over those of this file. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Small, and quick to shut down and to reconnect. None of these settings changes what a statement means or
 * what is durable.
 */
const DEVELOPMENT_SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '32MB',
  max_connections: '100',
  max_wal_size: '256MB',
  wal_level: 'replica',
  max_wal_senders: '16',
  max_replication_slots: '16',
  max_slot_wal_keep_size: '1GB',
  wal_retrieve_retry_interval: '200ms',
  hot_standby: 'on',
  hot_standby_feedback: 'off',
  password_encryption: 'scram-sha-256',
  // /dev/shm is 64 MB in most containers, and a SIGKILLed node would leave its segments there.
  dynamic_shared_memory_type: 'mmap',
  log_line_prefix: '%m [%p] %q%u@%d ',
};

const INCLUDED_FILE = 'cluster.conf';

/**
 * Once, after initdb: includes this library's file in postgresql.conf, and requires SCRAM for every
 * connection.
 */
export function prepareConfiguration(dataDirectory: string, clientAddresses = '127.0.0.1/32'): void {
  appendFileSync(join(dataDirectory, 'postgresql.conf'), `\ninclude '${INCLUDED_FILE}'\n`);
  writeFileSync(
    join(dataDirectory, 'pg_hba.conf'),
    [
      '# TYPE  DATABASE     USER        ADDRESS        METHOD',
      `host    all          all         ${clientAddresses.padEnd(14)} scram-sha-256`,
      `host    replication  replicator  ${clientAddresses.padEnd(14)} scram-sha-256`,
      '',
    ].join('\n'),
  );
}

/** Before every start, and with a reload for what can change while the node runs. */
export function writeNodeConfig(
  dataDirectory: string,
  config: NodeConfig,
  identity: Identity | undefined,
): void {
  const settings: Record<string, string> = {
    listen_addresses: config.listenAddresses,
    port: String(config.port),
    unix_socket_directories: '',
    ...DEVELOPMENT_SETTINGS,
    recovery_min_apply_delay: `${config.applyDelayMs}ms`,
    ...config.settings,
  };
  if (config.upstream !== undefined) {
    settings.primary_conninfo = connectionString(config.upstream);
    settings.primary_slot_name = config.upstream.slot;
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quote(value)}`);
  const file = join(dataDirectory, INCLUDED_FILE);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  giveTo(identity, file);

  const signalFile = join(dataDirectory, 'standby.signal');
  if (config.upstream === undefined) {
    rmSync(signalFile, { force: true });
  } else {
    writeFileSync(signalFile, '', { mode: 0o600 });
    giveTo(identity, signalFile);
  }
}

function connectionString({ host, port, user, passfile, slot }: Upstream): string {
  const parameters = { host, port, user, passfile, application_name: slot, connect_timeout: 5 };
  return Object.entries(parameters)
    .map(([name, value]) => `${name}='${String(value).replaceAll(/[\\']/g, '\\$&')}'`)
    .join(' ');
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
