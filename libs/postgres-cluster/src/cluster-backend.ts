import type { DataRoot, SavedState } from './data/data-root';
import { MAINTENANCE_DATABASE, makeDatabase, NO_DATABASE, rolesOf, SUPERUSER } from './database';
import { HeldPorts } from './network/free-port';
import { type ClusterOptions, replicaCount } from './options';
import type { Platform, PlatformOpener } from './platform';
import type { NodeContext } from './node/node-context';
import { PostgresNode } from './node/postgres-node';
import { passwordOf, type Passwords } from './passwords';
import type { Server } from './server';
import { orStorageProblem } from './storage-problem';
import { refuseOtherMaker } from './data/other-maker';
import { stopForSure } from './node/stop-for-sure';
import { TcpProxy } from './network/tcp-proxy';
import { HOST } from './database-url';

interface Member {
  readonly node: PostgresNode;
  readonly server: Server;
  readonly proxy: TcpProxy | undefined;
}

/** The nodes of a cluster, on the platform that runs their servers. */
export class ClusterBackend {
  readonly #members: Member[] = [];
  readonly #context: NodeContext<PostgresNode>;
  #primary: PostgresNode | undefined;

  private constructor(
    private readonly options: ClusterOptions,
    private readonly root: DataRoot,
    private readonly platform: Platform,
    readonly passwords: Passwords,
    private readonly heldPorts: HeldPorts,
  ) {
    this.#context = {
      host: HOST,
      platform,
      passwords,
      database: this.database,
      passfile: root.writePassfile(passwords),
      identity: root.identity,
      settings: options.settings ?? {},
      nodes: () => this.nodes,
      beforeStart: (port) => heldPorts.release(port),
      onRoleChange: (node) => this.#roleChanged(node),
    };
  }

  static async start(
    options: ClusterOptions,
    root: DataRoot,
    opener: PlatformOpener,
  ): Promise<ClusterBackend> {
    const saved = options.fresh === true ? undefined : root.readState();
    const { database = NO_DATABASE } = options;
    const count = Math.max(replicaCount(options) + 1, saved?.upstreams.length ?? 0);
    const heldPorts = new HeldPorts(HOST);
    let platform: Platform | undefined;
    let backend: ClusterBackend | undefined;
    try {
      const ports = await choosePorts(heldPorts, options.port, count);
      platform = await opener.open(root, options);
      if (saved !== undefined) refuseOtherMaker(root.directory, saved, platform);
      backend = new ClusterBackend(options, root, platform, root.passwords(rolesOf(database)), heldPorts);
      for (const port of ports) await backend.#addMember(port);
      if (saved === undefined) await backend.initialise();
      else await backend.#startKept(saved);
      return backend;
    } catch (error) {
      const failure = orStorageProblem(error, root.directory);
      await backend?.stop();
      await platform?.close();
      await heldPorts.close();
      throw failure;
    }
  }

  get nodes(): readonly PostgresNode[] {
    return this.#members.map(({ node }) => node);
  }

  get primary(): PostgresNode {
    const primary = this.#primary ?? this.#members[0]?.node;
    if (primary === undefined) throw new TypeError('A cluster has at least one node.');
    return primary;
  }

  /** The node's name. */
  get database(): string {
    return (this.options.database ?? NO_DATABASE).name;
  }

  get version(): string {
    return this.platform.version;
  }

  /** Creates a new database system on node 0 and clones all other nodes from it. */
  async initialise(): Promise<void> {
    const { onProgress } = this.options;
    await this.#stopNodes('immediate');
    this.root.wipe();
    const [first, ...others] = this.nodes;
    if (first === undefined) return;
    onProgress?.(`Initialising PostgreSQL ${this.platform.version}`);
    await this.platform.initialise(first.dataDirectory, passwordOf(this.passwords, SUPERUSER));
    first.setUpstream(undefined);
    this.#primary = first;
    await first.start();
    onProgress?.(`Primary ${first.name} is running`);
    await this.#makeDatabase(first);
    if (others.length > 0) await first.cloneTo(others);
    await Promise.all(others.map((node) => node.start()));
    for (const node of others) onProgress?.(`Replica ${node.name} is running`);
    this.#saveState();
  }

  async addReplica(): Promise<PostgresNode> {
    const { port } = this.options;
    const wanted = port === undefined ? await this.#freePort() : port + this.#members.length;
    if (port !== undefined) await this.heldPorts.hold([wanted]);
    const member = await this.#addMember(wanted);
    try {
      await this.primary.cloneTo([member.node]);
      await member.node.start();
    } catch (error) {
      await this.#close([member]);
      await this.heldPorts.releaseAll();
      throw error;
    }
    this.#saveState();
    return member.node;
  }

  async stop(): Promise<void> {
    await this.#stopNodes(this.root.isTemporary ? 'immediate' : 'fast');
    await this.#close([...this.#members]);
    await this.heldPorts.close();
    await this.platform.close();
  }

  /**
   * Clones a node again if it can no longer follow the primary, for example because its owner was killed
   * during a promotion.
   */
  async #startKept({ primary: primaryIndex, upstreams }: SavedState): Promise<void> {
    const { onProgress } = this.options;
    const primary = this.nodes[primaryIndex] ?? this.primary;
    this.#primary = primary;
    await primary.start();
    onProgress?.(`Primary ${primary.name} is running`);
    const replicas = this.nodes.filter((node) => node !== primary);
    for (const node of replicas) {
      const upstream = this.nodes[upstreams[node.index] ?? primaryIndex];
      node.setUpstream(upstream === undefined || upstream === node ? primary : upstream);
    }
    await Promise.all(
      replicas.map(async (node) => {
        await node.startStreaming(node.index < upstreams.length);
        onProgress?.(`Replica ${node.name} is running`);
      }),
    );
    await this.#makeDatabase(primary);
    this.#saveState();
  }

  async #makeDatabase(primary: PostgresNode): Promise<void> {
    const { database = NO_DATABASE } = this.options;
    await primary.withClient(
      (client) => makeDatabase(client, database, this.passwords),
      MAINTENANCE_DATABASE,
    );
  }

  async #addMember(port: number): Promise<Member> {
    const index = this.#members.length;
    let directPort = port;
    let proxy: TcpProxy | undefined;
    if (this.options.proxied === true) {
      directPort = await this.#freePort();
      await this.heldPorts.release(port);
      proxy = new TcpProxy(HOST, port, directPort);
      await proxy.open();
    }
    const directory = this.root.dataDirectory(index);
    const logFile = this.root.logFile(index);
    const server = await this.platform.makeServer(index, directPort, directory, logFile);
    const node = new PostgresNode(index, port, directPort, logFile, server, proxy, this.#context);
    const member = { node, server, proxy };
    this.#members.push(member);
    return member;
  }

  async #freePort(): Promise<number> {
    const [port] = await this.heldPorts.holdFree(1);
    return port ?? 0;
  }

  /**
   * Stops primaries first: their replicas then have everything they wrote, so none needs a clone afterwards.
   */
  async #stopNodes(mode: 'fast' | 'immediate'): Promise<void> {
    for (const { server } of this.#members) server.thaw();
    for (const role of ['primary', 'replica']) {
      const group = this.#members.filter(({ node }) => node.role === role);
      await Promise.all(group.map(({ server }) => stopForSure(server, mode)));
    }
  }

  async #close(members: readonly Member[]): Promise<void> {
    for (const member of members) {
      await stopForSure(member.server, 'immediate');
      await member.server.dispose();
      await member.proxy?.close();
      this.#members.splice(this.#members.indexOf(member), 1);
    }
  }

  #roleChanged(node: PostgresNode): void {
    let top = node;
    while (top.upstream !== undefined && top.upstream !== node) top = top.upstream;
    if (top === node || node === this.#primary) this.#primary = top;
    this.#saveState();
  }

  #saveState(): void {
    this.root.saveState({
      backend: this.platform.backend,
      majorVersion: this.platform.majorVersion,
      primary: this.primary.index,
      upstreams: this.nodes.map(({ upstream }) => upstream?.index ?? null),
      ports: this.nodes.map(({ port }) => port),
    });
  }
}

async function choosePorts(held: HeldPorts, first: number | undefined, count: number): Promise<number[]> {
  if (first === undefined) return held.holdFree(count);
  const ports = Array.from({ length: count }, (_, index) => first + index);
  await held.hold(ports);
  return ports;
}
