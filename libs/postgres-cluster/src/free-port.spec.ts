import { createServer } from 'node:net';
import { assertPortsFree, findFreePorts } from './free-port';

const HOST = '127.0.0.1';

it('finds ports that are free, different, and not among the excepted', async () => {
  const first = await findFreePorts(3, HOST);
  const second = await findFreePorts(3, HOST, first);
  expect(new Set([...first, ...second]).size).toBe(6);
  await assertPortsFree([...first, ...second], HOST);
});

it('keeps clear of the ports that systems give to outgoing connections', async () => {
  for (const port of await findFreePorts(5, HOST)) expect(port).toBeLessThan(32_768);
});

it('passes over a port that is taken, and names it when it was asked for', async () => {
  const [port] = (await findFreePorts(1, HOST)) as [number];
  const server = createServer().listen(port, HOST);
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await findFreePorts(2, HOST)).not.toContain(port);
  await expect(assertPortsFree([port], HOST)).rejects.toThrow(`Port ${port} on ${HOST} is already in use`);
  await new Promise((resolve) => server.close(resolve));
});

it('names a port that cannot be one', async () => {
  await expect(assertPortsFree([65_535, 65_536], HOST)).rejects.toThrow(
    'port is 65536; ports are from 1 to 65535',
  );
});
