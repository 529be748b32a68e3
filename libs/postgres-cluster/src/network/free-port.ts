import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { PortInUseError } from '../errors';

/**
 * Below the range that systems use for outgoing connections (Linux from 32768, others from 49152): a node
 * that is down must find its port free when it comes back.
 */
const FIRST_PORT = 12_000;
const BLOCK_SIZE = 32;
const BLOCKS = 625;

/**
 * The ports of one cluster.
 *
 * Free ports come from a block, and the process that listens on the block's first port owns the block. So a
 * port remains the cluster's while its node is down, and test workers that start clusters in parallel do not
 * take it. In addition, each port is listened on until its server starts.
 */
export class HeldPorts {
  readonly #servers = new Map<number, Server>();
  readonly #guards: Server[] = [];
  #unused: number[] = [];

  constructor(private readonly host: string) {}

  /** Reserves as many free ports as requested. */
  async holdFree(count: number): Promise<number[]> {
    const found: number[] = [];
    while (found.length < count) {
      if (this.#unused.length === 0) await this.#takeBlock();
      const port = this.#unused.shift();
      if (port !== undefined && (await this.#hold(port))) found.push(port);
    }
    return found;
  }

  /** @throws PortInUseError naming the first port that is taken */
  async hold(ports: readonly number[]): Promise<void> {
    for (const port of ports) {
      if (port < 1 || port > 65_535) throw new RangeError(`port is ${port}; ports are from 1 to 65535.`);
      if (!(await this.#hold(port))) throw new PortInUseError(port, this.host, describeNeed(ports));
    }
  }

  async release(port: number): Promise<void> {
    const server = this.#servers.get(port);
    this.#servers.delete(port);
    if (server !== undefined) await close(server);
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((port) => this.release(port)));
  }

  /** Releases everything, at the end of the cluster. */
  async close(): Promise<void> {
    await this.releaseAll();
    await Promise.all(this.#guards.splice(0).map(close));
    this.#unused = [];
  }

  async #takeBlock(): Promise<void> {
    const start = randomInt(BLOCKS);
    for (let step = 0; step < BLOCKS; step++) {
      const first = FIRST_PORT + ((start + step) % BLOCKS) * BLOCK_SIZE;
      const guard = await listen(first, this.host);
      if (guard === undefined) continue;
      this.#guards.push(guard);
      this.#unused = Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
      return;
    }
    throw new PortInUseError(FIRST_PORT, this.host, 'a block of free ports: there is none left');
  }

  async #hold(port: number): Promise<boolean> {
    const server = await listen(port, this.host);
    if (server !== undefined) this.#servers.set(port, server);
    return server !== undefined;
  }
}

async function listen(port: number, host: string): Promise<Server | undefined> {
  // A client that connects to a reserved port is disconnected at once.
  const server = createServer((socket) => socket.resetAndDestroy());
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

function describeNeed(ports: readonly number[]): string {
  return ports.length > 1 ? `the cluster's ports ${ports[0] ?? ''} to ${ports.at(-1) ?? ''}` : 'the cluster';
}
