import { createServer } from 'node:net';
import { PortInUseError } from './errors';

/**
 * Below the range that systems hand to outgoing connections (Linux from 32768, others from 49152): a node
 * that is down must find its port free when it comes back.
 */
const FIRST_PORT = 12_000;
const PORTS_PER_PROCESS = 50;
const PROCESSES = 400;

export async function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

export async function assertPortsFree(ports: readonly number[], host: string): Promise<void> {
  for (const port of ports) {
    if (port < 1 || port > 65_535) throw new RangeError(`port is ${port}; ports are from 1 to 65535.`);
    if (await isPortFree(port, host)) continue;
    const first = ports[0];
    const needed = ports.length > 1 ? `the cluster's ports ${first} to ${ports.at(-1)}` : 'the cluster';
    throw new PortInUseError(port, host, needed);
  }
}

/**
 * Ports that are free now, each process looking in a block of its own, so that two test workers that
 * start a cluster at the same time do not pick the same ones.
 */
export async function findFreePorts(
  count: number,
  host: string,
  except: readonly number[] = [],
): Promise<number[]> {
  const start = (process.pid % PROCESSES) * PORTS_PER_PROCESS;
  const found: number[] = [];
  for (let step = 0; step < PROCESSES * PORTS_PER_PROCESS && found.length < count; step++) {
    const port = FIRST_PORT + ((start + step) % (PROCESSES * PORTS_PER_PROCESS));
    if (!except.includes(port) && (await isPortFree(port, host))) found.push(port);
  }
  if (found.length < count)
    throw new PortInUseError(FIRST_PORT, host, `${count} free ports: too few are free`);
  return found;
}
