import { connect, createServer, type Server, type Socket } from 'node:net';
import { DelayLine, type LinkShape } from './delay-line';
import type { Link, LinkCounters } from './link';

interface Connection {
  readonly client: Socket;
  server: Socket | undefined;
  toServer: DelayLine | undefined;
  toClient: DelayLine | undefined;
  /** Who sent last: client bytes after server bytes begin a new round trip. */
  clientSpokeLast: boolean;
}

/** A TCP proxy in this process in front of one node; see {@link Link} for what it can do to the traffic. */
export class TcpProxy implements Link {
  readonly #connections = new Set<Connection>();
  readonly #up: LinkShape = { latencyMs: 0, bytesPerSecond: undefined, isCut: false, busyUntilMs: 0 };
  readonly #down: LinkShape = { latencyMs: 0, bytesPerSecond: undefined, isCut: false, busyUntilMs: 0 };
  readonly #counters = { connections: 0, roundTrips: 0, bytesToServer: 0, bytesToClient: 0 };
  readonly #deferred: (() => void)[] = [];
  #server: Server | undefined;

  constructor(
    private readonly host: string,
    private readonly port: number,
    private readonly targetPort: number,
  ) {}

  get counters(): LinkCounters {
    return { ...this.#counters };
  }

  async open(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
      this.#accept(client);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: this.host, port: this.port, exclusive: true }, resolve);
    });
    server.unref();
    this.#server = server;
  }

  cut(): void {
    this.#setCut(true);
  }

  async reset(): Promise<void> {
    await this.#closeServer();
    this.#deferred.length = 0;
    for (const { client, server } of [...this.#connections]) {
      client.resetAndDestroy();
      server?.resetAndDestroy();
    }
    this.#connections.clear();
  }

  async restore(): Promise<void> {
    this.setLatencyMs(0);
    this.setBytesPerSecond(undefined);
    await this.open();
    this.#setCut(false);
  }

  setLatencyMs(latencyMs: number): void {
    if (!(latencyMs >= 0)) throw new RangeError(`latencyMs is ${latencyMs}; it must be 0 or more.`);
    this.#up.latencyMs = latencyMs;
    this.#flush();
  }

  setBytesPerSecond(bytesPerSecond: number | undefined): void {
    if (bytesPerSecond !== undefined && !(bytesPerSecond > 0)) {
      throw new RangeError(
        `bytesPerSecond is ${bytesPerSecond}; it must be more than 0, or undefined for no limit.`,
      );
    }
    for (const shape of [this.#up, this.#down]) {
      shape.bytesPerSecond = bytesPerSecond;
      shape.busyUntilMs = 0;
    }
    this.#flush();
  }

  async close(): Promise<void> {
    await this.reset();
  }

  #setCut(isCut: boolean): void {
    this.#up.isCut = isCut;
    this.#down.isCut = isCut;
    if (isCut) return;
    for (const action of this.#deferred.splice(0)) action();
    for (const connection of this.#connections) this.#connectUpstream(connection);
    this.#flush();
  }

  #flush(): void {
    for (const { toServer, toClient } of this.#connections) {
      toServer?.flush();
      toClient?.flush();
    }
  }

  async #closeServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    // 'close' would wait for the last connection; the port is free as soon as listening ends.
    server.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  #accept(client: Socket): void {
    const connection: Connection = {
      client,
      server: undefined,
      toServer: undefined,
      toClient: undefined,
      clientSpokeLast: false,
    };
    this.#counters.connections++;
    this.#connections.add(connection);
    client.on('error', () => undefined);
    client.on('close', () => this.#whenNotCut(() => this.#forget(connection)));
    // While the link is cut, a new connection is accepted (the kernel would do so anyway) but not forwarded.
    if (!this.#up.isCut) this.#connectUpstream(connection);
  }

  #connectUpstream(connection: Connection): void {
    if (connection.server !== undefined) return;
    const { client } = connection;
    const server = connect({ host: this.host, port: this.targetPort, noDelay: true, allowHalfOpen: true });
    const toServer = new DelayLine(client, server, this.#up);
    const toClient = new DelayLine(server, client, this.#down);
    Object.assign(connection, { server, toServer, toClient });
    client.on('data', (chunk: Buffer) => {
      this.#counters.bytesToServer += chunk.length;
      if (!connection.clientSpokeLast) this.#counters.roundTrips++;
      connection.clientSpokeLast = true;
      toServer.push(chunk);
    });
    server.on('data', (chunk: Buffer) => {
      this.#counters.bytesToClient += chunk.length;
      connection.clientSpokeLast = false;
      toClient.push(chunk);
    });
    client.on('end', () => toServer.end());
    server.on('end', () => toClient.end());
    // The node is absent, or has reset the connection, so the client's connection is reset too.
    server.on('error', () => this.#whenNotCut(() => client.resetAndDestroy()));
  }

  /** Behind a cut link, neither side learns that the other has gone. */
  #whenNotCut(action: () => void): void {
    if (this.#up.isCut) this.#deferred.push(action);
    else action();
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    connection.toServer?.drop();
    connection.toClient?.drop();
    connection.server?.destroy();
  }
}
