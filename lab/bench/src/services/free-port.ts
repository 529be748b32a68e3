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
