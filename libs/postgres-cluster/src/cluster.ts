import type { ClusterNode } from './cluster-node';
import { DataRoot } from './data/data-root';
import { databaseUrl } from './database-url';
import { ClusterBackend } from './cluster-backend';
import { EmbeddedPlatform } from './embedded/embedded-platform';
import { backendName, type ClusterOptions, replicaCount } from './options';
import type { PlatformOpener } from './platform';
import type * as Containers from './container/container-platform';
import { passwordOf } from './passwords';
import { postgresVersion } from './postgres-version';
import { orStorageProblem } from './storage-problem';
import { until } from './until';

/**
 * A real PostgreSQL primary with streaming replicas on this machine, for development, tests and benchmarks.
 *
 * However this process ends, no server outlives it, and a temporary cluster leaves no files behind.
 */
export class PostgresCluster implements AsyncDisposable {
  #stopping: Promise<void> | undefined;

  private constructor(
    private readonly root: DataRoot,
    private readonly backend: ClusterBackend,
  ) {}

  /**
   * Resolves when all nodes run and every replica has caught up with the primary.
   *
   * @throws PortInUseError when `port`, or one of the following ports that are needed, is taken
   * @throws DirectoryInUseError when a living process owns `directory`
   * @throws DirectoryError when `directory` cannot be used; the message says why
   * @throws RangeError naming an option or CLUSTER_BACKEND, its value and the allowed values
   * @throws PostgresVersionError naming `version` or CLUSTER_VERSION, its value and the installed versions
   * @throws PostgresClusterError when containers are requested and Docker does not answer
   */
  static async start(options: ClusterOptions = {}): Promise<PostgresCluster> {
    replicaCount(options);
    postgresVersion(options);
    const platform = platformOf(options);
    const root = await DataRoot.open(options.directory, options.onProgress, platform.endLeftovers);
    let backend: ClusterBackend;
    try {
      backend = await ClusterBackend.start(options, root, platform);
    } catch (error) {
      root.close();
      throw error;
    }
    const cluster = new PostgresCluster(root, backend);
    try {
      await cluster.waitForReplication();
    } catch (error) {
      const failure = orStorageProblem(error, root.directory);
      await cluster.stop();
      throw failure;
    }
    return cluster;
  }

  /** In the order in which they were added: node 0 was the first primary. */
  get nodes(): readonly ClusterNode[] {
    return this.backend.nodes;
  }

  /** The node that accepts writes: after `promote()` the new one, even while the old one still runs. */
  get primary(): ClusterNode {
    return this.backend.primary;
  }

  get replicas(): readonly ClusterNode[] {
    return this.nodes.filter(({ role }) => role === 'replica');
  }

  /**
   * The directory of all data. When run as root, it may differ from the requested one; a progress message
   * says so.
   */
  get directory(): string {
    return this.root.directory;
  }

  /** In the format of `postgres --version`. */
  get serverVersion(): string {
    return this.backend.version;
  }

  /**
   * One multi-host URL for all nodes or for the given ones; for the cluster's database by default.
   *
   * @throws RangeError when the cluster has no such role
   */
  url(role: string, options: { database?: string; nodes?: readonly ClusterNode[] } = {}): string {
    const { database = this.backend.database, nodes = this.nodes } = options;
    return databaseUrl(role, passwordOf(this.backend.passwords, role), nodes, database);
  }

  /** @throws RangeError when the cluster has no such role */
  credentials(role: string): { user: string; password: string } {
    return { user: role, password: passwordOf(this.backend.passwords, role) };
  }

  /** Clones one more replica from the running primary; resolves when the replica has caught up. */
  async addReplica(): Promise<ClusterNode> {
    const node = await this.backend.addReplica();
    await this.waitForReplication({ replicas: [node] });
    return node;
  }

  /**
   * Resolves when the running replicas (or the given ones) have replayed what the primary has flushed by now.
   *
   * @throws WaitTimeoutError naming those that have not, after `timeoutMs` (default 15 s)
   */
  async waitForReplication(
    options: { timeoutMs?: number; replicas?: readonly ClusterNode[] } = {},
  ): Promise<void> {
    const { timeoutMs = 15_000, replicas = this.replicas.filter(({ isRunning }) => isRunning) } = options;
    const { rows } = await this.primary.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn() AS lsn');
    const lsn = rows[0]?.lsn;
    const behind = new Set(replicas);
    await until(
      () => `${[...behind].map(({ name }) => name).join(', ')} to replay ${lsn ?? 'the WAL'}`,
      async () => {
        for (const node of behind) {
          const sql = 'SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS done';
          const replayed = await node.query<{ done: boolean }>(sql, [lsn]);
          if (replayed.rows[0]?.done === true) behind.delete(node);
        }
        return behind.size === 0;
      },
      { timeoutMs },
    );
  }

  /**
   * Drops all data and initialises again, with the same nodes, ports and passwords; node 0 is the primary.
   */
  async reset(): Promise<void> {
    await this.backend.initialise();
    await this.waitForReplication();
  }

  /** Stops all nodes, in any state, and removes a temporary cluster's directory. */
  async stop(): Promise<void> {
    this.#stopping ??= this.backend.stop().finally(() => {
      this.root.close();
    });
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Loads Testcontainers on demand only: it is a development dependency and slow to load. */
function platformOf(options: ClusterOptions): PlatformOpener {
  switch (backendName(options)) {
    case 'embedded':
      return { open: (...args) => Promise.resolve(EmbeddedPlatform.open(...args)) };
    case 'testcontainers': {
      // Not import(): TypeScript requires the extension of a compiled file there, and tests run the sources.
      // eslint-disable-next-line @typescript-eslint/no-require-imports
      const { containers } = require('./container/container-platform') as typeof Containers;
      return containers;
    }
  }
}
