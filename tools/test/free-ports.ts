import { createServer } from 'node:net';

/**
 * Below the ports that the system gives to connections and that the clusters of other tests take, and between
 * those that fetch() refuses.
 */
const FIRST_PORT = 7_000;
const LAST_PORT = 10_000;

/** The first of `count` consecutive ports that are free. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    const free = await Promise.all(Array.from({ length: count }, (_, offset) => isFree(first + offset)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
