import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { eventually } from '../support';

/** Where Debian and Homebrew install PgBouncer; the variable PGBOUNCER names another path. */
const PLACES = [process.env['PGBOUNCER'] ?? '', '/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer'];
const ROLES = ['migrator', 'monitor'];

export const PGBOUNCER = PLACES.find((path) => path !== '' && existsSync(path));

/**
 * A real PgBouncer in transaction mode in front of each node of a cluster, with default settings otherwise.
 */
export class PgBouncers {
  readonly #processes: ChildProcess[] = [];
  readonly #ports: number[] = [];

  private constructor(
    private readonly cluster: PostgresCluster,
    private readonly directory: string,
  ) {}

  /** `settings`: additional lines of `[pgbouncer]`. */
  static async start(cluster: PostgresCluster, settings: readonly string[] = []): Promise<PgBouncers> {
    const directory = await mkdtemp(join(tmpdir(), 'pgbouncers-'));
    // PgBouncers that root starts run as the user `nobody`, who must be able to read the directory.
    await chmod(directory, 0o755);
    const bouncers = new PgBouncers(cluster, directory);
    const users = ROLES.map((role) => `"${role}" "${cluster.credentials(role).password}"`);
    await writeFile(join(directory, 'users.txt'), `${users.join('\n')}\n`);
    for (const node of cluster.nodes) await bouncers.#startBefore(node, settings);
    return bouncers;
  }

  /** A multi-host URL of all PgBouncers. */
  get url(): string {
    const { user, password } = this.cluster.credentials('migrator');
    const hosts = this.#ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `postgres://${user}:${password}@${hosts}/shop`;
  }

  /** A URL of each PgBouncer. */
  get urls(): readonly string[] {
    const { user, password } = this.cluster.credentials('migrator');
    return this.#ports.map((port) => `postgres://${user}:${password}@127.0.0.1:${port}/shop`);
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async #startBefore(node: ClusterNode, settings: readonly string[]): Promise<void> {
    const port = await freePort();
    const config = join(this.directory, `${port}.ini`);
    await writeFile(
      config,
      `[databases]
* = host=${node.host} port=${node.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(this.directory, 'users.txt')}
pool_mode = transaction
${settings.join('\n')}
`,
    );
    const asWhom = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    const child = spawn(PGBOUNCER ?? 'pgbouncer', [...asWhom, config], { stdio: 'ignore', cwd: '/' });
    this.#processes.push(child);
    this.#ports.push(port);
    await eventually(`PgBouncer on ${port}`, () => isListening(port));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
