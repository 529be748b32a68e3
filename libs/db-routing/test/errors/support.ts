import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ClusterNode } from '@app/postgres-cluster';
import type { RoutedPool } from '../../src';
import type { NodeChange } from '../../src/cluster/topology/node-changes';

/** The suspicions that nodes have come under since. */
export function suspicions(pool: RoutedPool): string[] {
  const seen: string[] = [];
  pool.on('nodeChange', ({ now }: NodeChange) => {
    if (now && now.state !== 'up') seen.push(`${now.address.name} is ${now.state}: ${now.reason}`);
  });
  return seen;
}

/** Runs `work` repeatedly in this many loops, until told to stop. */
export class Load {
  readonly failures: unknown[] = [];
  runs = 0;
  #isOver = false;
  readonly #loops: Promise<void>[];

  constructor(loops: number, work: () => Promise<unknown>) {
    this.#loops = Array.from({ length: loops }, () => this.#loop(work));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #loop(work: () => Promise<unknown>): Promise<void> {
    while (!this.#isOver) {
      await work().catch((error: unknown) => this.failures.push(error));
      this.runs += 1;
    }
  }
}

/** A link to a node that can drop what the server sends on open connections, while new ones work. */
export class DeafLink {
  readonly #sockets = new Set<Socket>();
  #isDeaf = new Set<Socket>();

  private constructor(
    private readonly node: ClusterNode,
    private readonly server: Server,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  static async to(node: ClusterNode): Promise<DeafLink> {
    const server = createServer();
    const link = new DeafLink(node, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  deafen(): void {
    this.#isDeaf = new Set(this.#sockets);
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(client: Socket): void {
    const upstream = connect({ host: this.node.host, port: this.node.port });
    this.#sockets.add(client);
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk) => {
      if (!this.#isDeaf.has(client)) client.write(chunk);
    });
    client.on('close', () => {
      this.#sockets.delete(client);
      upstream.destroy();
    });
    upstream.on('close', () => client.destroy());
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  }
}
