import { connect, createServer, type Server, type Socket } from 'node:net';

/** An additional address for a node, which forwards every connection to it and counts the open ones. */
export class Relay {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #accepted = 0;

  constructor(targetPort: number) {
    this.#server = createServer((client) => {
      this.#accepted += 1;
      this.#sockets.add(client);
      const upstream = connect(targetPort, '127.0.0.1');
      client.on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy());
      client.on('close', () => {
        this.#sockets.delete(client);
        upstream.destroy();
      });
      client.pipe(upstream).pipe(client);
    });
  }

  get open(): number {
    return this.#sockets.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  async listen(host: string, port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
