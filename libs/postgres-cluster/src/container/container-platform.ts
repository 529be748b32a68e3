import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ContainerRuntimeClient,
  getContainerRuntimeClient,
  getReaper,
  ImageName,
  LABEL_TESTCONTAINERS_SESSION_ID,
} from 'testcontainers';
import { ContainerServer } from './container-server';
import { ContainerWatchdog, sweep, type SweepMode } from './container-sweep';
import type { DataRoot } from '../data/data-root';
import { docker } from './docker-cli';
import { DirectoryError, PostgresClusterError, PostgresVersionError } from '../errors';
import { initdbArguments } from '../embedded/initdb';
import { prepareConfiguration } from '../node/node-config';
import type { ClusterOptions } from '../options';
import type { Platform, PlatformOpener } from '../platform';
import { postgresVersion, requestedVersion } from '../postgres-version';
import { giveTo } from '../process/run-as';
import type { Server } from '../server';
import { HOST } from '../database-url';

/** The label that identifies a cluster's containers; its value is the cluster's directory. */
const DIRECTORY_LABEL = 'postgres-cluster.directory';
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC' };

/** Runs each server in a container, in a network for the cluster; the data is in the cluster's directory. */
class ContainerPlatform implements Platform {
  readonly backend = 'testcontainers';
  readonly listenAddresses = '*';
  /**
   * Specific to this owner: its watchdog, which may still run after the owner's death, ignores what the next
   * owner makes.
   */
  readonly #ownerLabel = ['postgres-cluster.owner', randomUUID()] as const;
  readonly #directoryLabel: readonly [string, string];
  readonly #sweepMode: SweepMode;
  readonly #watchdog: ContainerWatchdog;
  #version = '';
  #labels: Record<string, string> = {};
  #network = '';

  private constructor(
    private readonly root: DataRoot,
    private readonly image: string,
    private readonly client: ContainerRuntimeClient,
  ) {
    this.#directoryLabel = [DIRECTORY_LABEL, root.directory];
    this.#sweepMode = root.isTemporary ? 'kill' : 'stop';
    this.#watchdog = new ContainerWatchdog(
      this.#ownerLabel.join('='),
      this.#sweepMode,
      root.isTemporary ? root.directory : undefined,
    );
  }

  /** @throws PostgresClusterError when Docker does not answer */
  static async open(root: DataRoot, options: ClusterOptions): Promise<ContainerPlatform> {
    const { majorVersion } = postgresVersion(options);
    const { image = process.env.CLUSTER_IMAGE ?? `postgres:${majorVersion}`, onProgress } = options;
    if (root.directory.includes(':')) {
      throw new DirectoryError(
        root.directory,
        'cannot be mounted into a container: there is a colon in its path.',
      );
    }
    const client = await connect();
    const platform = new ContainerPlatform(root, image, client);
    try {
      await platform.#prepare(onProgress);
      if (requestedVersion(options) !== undefined) platform.#requireVersion(majorVersion);
    } catch (error) {
      await platform.close();
      throw error;
    }
    return platform;
  }

  get version(): string {
    return this.#version;
  }

  get majorVersion(): number {
    return Number.parseInt(this.#version, 10);
  }

  hostOf(index: number): string {
    return `node-${index}`;
  }

  async initialise(dataDirectory: string, superuserPassword: string): Promise<void> {
    const passwordFile = `${dataDirectory}.password`;
    mkdirSync(dataDirectory, { mode: 0o700 });
    writeFileSync(passwordFile, `${superuserPassword}\n`, { mode: 0o600 });
    for (const path of [dataDirectory, passwordFile]) giveTo(this.root.identity, path);
    try {
      await this.#run('initdb', ...initdbArguments(dataDirectory, passwordFile, this.majorVersion));
    } finally {
      rmSync(passwordFile, { force: true });
    }
    // Clients connect through Docker's gateway, the other servers from the same network.
    prepareConfiguration(dataDirectory, 'samenet');
  }

  async makeServer(index: number, port: number, dataDirectory: string, logFile: string): Promise<Server> {
    giveTo(this.root.identity, logFile);
    const exposed = `${port}/tcp`;
    const container = await this.client.container.create({
      Image: this.image,
      Labels: this.#labels,
      User: this.#user,
      Env: Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`),
      Entrypoint: ['/bin/sh', '-c', 'exec postgres -D "$1" >>"$2" 2>&1', 'sh', dataDirectory, logFile],
      Cmd: [],
      StopSignal: 'SIGINT',
      ExposedPorts: { [exposed]: {} },
      HostConfig: {
        Binds: this.#mounts,
        // The same port inside, so that the port PostgreSQL reports is the one that clients see.
        PortBindings: { [exposed]: [{ HostIp: HOST, HostPort: String(port) }] },
      },
      NetworkingConfig: { EndpointsConfig: { [this.#network]: { Aliases: [this.hostOf(index)] } } },
    });
    const source = { port, passfile: this.root.passfile, identity: this.root.identity };
    return new ContainerServer(dataDirectory, logFile, this.client, container, source);
  }

  async close(): Promise<void> {
    await sweep(this.#ownerLabel.join('='), this.#sweepMode);
    this.#watchdog.quit();
  }

  async #prepare(onProgress: ClusterOptions['onProgress']): Promise<void> {
    const image = ImageName.fromString(this.image);
    if (!(await this.client.image.exists(image))) onProgress?.(`Pulling ${this.image}`);
    await this.client.image.pull(image);
    const { sessionId } = await getReaper(this.client);
    this.#labels = {
      ...Object.fromEntries([this.#ownerLabel, this.#directoryLabel]),
      [LABEL_TESTCONTAINERS_SESSION_ID]: sessionId,
    };
    this.#writeUsers();
    const answer = await this.#run('postgres', '--version');
    this.#version = /\d+(\.\d+)*/.exec(answer)?.[0] ?? '';
    if (this.#version === '') throw new PostgresClusterError(`${this.image} holds no PostgreSQL: ${answer}`);
    this.#network = `postgres-cluster-${this.#ownerLabel[1]}`;
    await this.client.network.create({ Name: this.#network, Driver: 'bridge', Labels: this.#labels });
  }

  #requireVersion(wanted: number): void {
    if (this.majorVersion === wanted) return;
    throw new PostgresVersionError(
      `PostgreSQL ${wanted} was requested, and the image ${this.image} holds ${this.version}; request one of them only.`,
    );
  }

  /**
   * PostgreSQL's programs require a name for the user they run as; the image has none for this machine's
   * user.
   */
  #writeUsers(): void {
    const file = join(this.root.directory, 'passwd');
    writeFileSync(file, `root:x:0:0::/:/bin/sh\npostgres:x:${this.#user}::/:/bin/sh\n`, { mode: 0o644 });
  }

  get #user(): string {
    const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = this.root.identity ?? {};
    return `${uid}:${gid}`;
  }

  /** Mounts the whole directory under its own path, so that every path means the same inside and outside. */
  get #mounts(): string[] {
    const { directory } = this.root;
    return [`${directory}:${directory}:rw`, `${join(directory, 'passwd')}:/etc/passwd:ro`];
  }

  async #run(program: string, ...args: string[]): Promise<string> {
    return docker(
      'run',
      '--rm',
      '--network=none',
      `--user=${this.#user}`,
      ...Object.entries(this.#labels).map(([name, value]) => `--label=${name}=${value}`),
      ...Object.entries(ENVIRONMENT).map(([name, value]) => `--env=${name}=${value}`),
      ...this.#mounts.map((mount) => `--volume=${mount}`),
      `--entrypoint=${program}`,
      this.image,
      ...args,
    );
  }
}

export const containers: PlatformOpener = {
  open: (...args) => ContainerPlatform.open(...args),
  endLeftovers: (directory) => sweep(`${DIRECTORY_LABEL}=${directory}`, 'stop'),
};

async function connect(): Promise<ContainerRuntimeClient> {
  try {
    const client = await getContainerRuntimeClient();
    await docker('version', '--format={{.Server.Version}}');
    return client;
  } catch (cause) {
    throw new PostgresClusterError(
      'The backend is "testcontainers", and Docker does not answer: start it, or use the backend "embedded".',
      { cause },
    );
  }
}
