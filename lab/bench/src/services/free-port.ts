import { type AddressInfo, createServer } from 'node:net';

/** The services that these are for may not listen on them yet. */
const given = new Set<number>();

/** A port that is currently free, and that this function has not returned before. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  if (given.has(port)) return freePort();
  given.add(port);
  return port;
}

/** Below the ports that the system gives to connections, and between those that fetch() refuses. */
const [FIRST_PORT, LAST_PORT] = [7_000, 10_000];

/** Consecutive ports that are currently free. */
export async function freePorts(count: number): Promise<number[]> {
  const first = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
  const ports = Array.from({ length: count }, (_, offset) => first + offset);
  const free = await Promise.all(ports.map(isFree));
  return free.every(Boolean) ? ports : freePorts(count);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
