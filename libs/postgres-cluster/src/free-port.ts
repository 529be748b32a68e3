import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { PortInUseError } from './errors';

/**
 * Below the range that systems hand to outgoing connections (Linux from 32768, others from 49152): a node
 * that is down must find its port free when it comes back.
 */
const FIRST_PORT = 12_000;
const PORTS = 20_000;

/** Ports that are kept from others until the server that is to have them starts. */
export class HeldPorts {
  readonly #servers = new Map<number, Server>();

  constructor(private readonly host: string) {}

  /**
   * Holds as many ports as are asked for, of those that are free. The search begins anywhere, so that
   * processes which start clusters at the same time, test workers for instance, seldom look at the same ones.
   */
  async holdFree(count: number, except: readonly number[] = []): Promise<number[]> {
    const start = randomInt(PORTS);
    const found: number[] = [];
    for (let step = 0; step < PORTS && found.length < count; step++) {
      const port = FIRST_PORT + ((start + step) % PORTS);
      if (!except.includes(port) && (await this.#hold(port))) found.push(port);
    }
    if (found.length < count)
      throw new PortInUseError(FIRST_PORT, this.host, `${count} free ports: too few are free`);
    return found;
  }

  /** @throws PortInUseError naming the first that is taken */
  async hold(ports: readonly number[]): Promise<void> {
    for (const port of ports) {
      if (port < 1 || port > 65_535) throw new RangeError(`port is ${port}; ports are from 1 to 65535.`);
      if (!(await this.#hold(port))) throw new PortInUseError(port, this.host, describeNeed(ports));
    }
  }

  async release(port: number): Promise<void> {
    const server = this.#servers.get(port);
    this.#servers.delete(port);
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  async releaseAll(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((port) => this.release(port)));
  }

  async #hold(port: number): Promise<boolean> {
    // Whoever connects to a held port finds nobody there.
    const server = createServer((socket) => socket.resetAndDestroy());
    const isHeld = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ port, host: this.host, exclusive: true }, () => resolve(true));
    });
    server.unref();
    if (isHeld) this.#servers.set(port, server);
    return isHeld;
  }
}

function describeNeed(ports: readonly number[]): string {
  return ports.length > 1 ? `the cluster's ports ${ports[0] ?? ''} to ${ports.at(-1) ?? ''}` : 'the cluster';
}
