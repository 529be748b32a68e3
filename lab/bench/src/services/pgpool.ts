import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { Client } from 'pg';
import type { Stage } from '../stage';
import { isInstalled, run } from './command';
import { freePort } from './free-port';

const PACKAGE = 'pgpool2';
const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/**
 * Pgpool-II in front of the same nodes, balancing reads over the replicas as its manual describes for
 * streaming replication.
 */
export class Pgpool {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
  ) {}

  /** Why it cannot be used on this machine; undefined when it can. */
  static obstacle(): string | undefined {
    return isInstalled('pgpool') ? undefined : `pgpool is not installed (apt-get install ${PACKAGE})`;
  }

  /**
   * Installs Debian's package when it is missing and installation is possible. @returns why it still cannot
   * be used, if so
   */
  static async install(say: (line: string) => void): Promise<string | undefined> {
    const obstacle = Pgpool.obstacle();
    if (obstacle === undefined || process.getuid?.() !== 0) return obstacle;
    if (!isInstalled('apt-get')) return 'pgpool is not installed, and there is no apt-get';
    say(`installing Debian's package ${PACKAGE}`);
    try {
      const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await run('apt-get', ['update', '-qq'], environment);
      await run('apt-get', ['install', '-y', '--no-install-recommends', PACKAGE], environment);
      return undefined;
    } catch (error) {
      return `pgpool could not be installed: ${(error as Error).message}`;
    }
  }

  /** @param connections how many clients may be connected at once */
  static async start(stage: Stage, connections: number): Promise<Pgpool> {
    const directory = mkdtempSync(join(tmpdir(), 'bench-pgpool-'));
    const port = await freePort();
    const { user, password } = stage.cluster.credentials('order_service');
    const monitor = stage.cluster.credentials('monitor');
    writeFileSync(
      join(directory, 'pool_passwd'),
      `${user}:TEXT${password}\n${monitor.user}:TEXT${monitor.password}\n`,
      { mode: 0o600 },
    );
    writeFileSync(join(directory, 'pcp.conf'), '');
    writeFileSync(join(directory, 'pool_hba.conf'), 'host all all 127.0.0.1/32 scram-sha-256\n');
    writeFileSync(join(directory, 'pgpool.conf'), configuration(stage, { directory, port, connections }));
    const files = ['-f', 'pgpool.conf', '-F', 'pcp.conf', '-a', 'pool_hba.conf'];
    const child = spawn(
      'pgpool',
      ['-n', '-D', ...files.map((part) => (part.startsWith('-') ? part : join(directory, part)))],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(join(directory, 'pgpool.log'));
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const url = `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/shop`;
    const pgpool = new Pgpool(url, child, directory);
    try {
      await until('Pgpool-II to answer', () => pgpool.#answers(), {
        timeoutMs: START_TIMEOUT_MS,
        pollMs: 100,
      });
    } catch (error) {
      await pgpool.close();
      throw error;
    }
    return pgpool;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url, connectionTimeoutMillis: 1_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      // SIGINT: fast shutdown.
      child.kill('SIGINT');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(killer);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function configuration(
  stage: Stage,
  { directory, port, connections }: { directory: string; port: number; connections: number },
): string {
  const monitor = stage.cluster.credentials('monitor');
  const settings: Record<string, string | number | boolean> = {
    backend_clustering_mode: 'streaming_replication',
    listen_addresses: '127.0.0.1',
    port,
    socket_dir: directory,
    pcp_listen_addresses: '',
    pcp_socket_dir: directory,
    pid_file_name: join(directory, 'pgpool.pid'),
    logdir: directory,
    pool_passwd: join(directory, 'pool_passwd'),
    enable_pool_hba: true,
    num_init_children: connections,
    max_pool: 1,
    load_balance_mode: true,
    connection_cache: true,
    sr_check_period: 1,
    sr_check_user: monitor.user,
    sr_check_password: monitor.password,
    sr_check_database: 'shop',
    health_check_period: 0,
    failover_on_backend_error: false,
    log_min_messages: 'error',
  };
  // All reads go to the replicas, as with the other contenders.
  const backends = [stage.cluster.primary, ...stage.replicas].flatMap(({ host, directPort, role }, index) => [
    [`backend_hostname${index}`, host],
    [`backend_port${index}`, directPort],
    [`backend_weight${index}`, role === 'primary' ? 0 : 1],
    [`backend_flag${index}`, 'DISALLOW_TO_FAILOVER'],
  ]);
  return [...Object.entries(settings), ...backends]
    .map(([name, value]) => `${String(name)} = ${render(value)}\n`)
    .join('');
}

function render(value: string | number | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}
