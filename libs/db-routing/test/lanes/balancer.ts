import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { ClusterNode } from '@app/postgres-cluster';

/**
 * One address in front of several nodes: each connection goes to the next node, as behind a Kubernetes
 * Service or a load balancer.
 */
export class Balancer {
  readonly #sockets = new Set<Socket>();
  #next = 0;

  private constructor(
    private readonly nodes: readonly ClusterNode[],
    private readonly server: Server,
  ) {
    server.on('connection', (client: Socket) => this.#accept(client));
  }

  static async open(nodes: readonly ClusterNode[]): Promise<Balancer> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(nodes, server);
  }

  get name(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #accept(client: Socket): void {
    const node = this.nodes[this.#next++ % this.nodes.length]!;
    const server = connect({ host: node.host, port: node.port, noDelay: true });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
