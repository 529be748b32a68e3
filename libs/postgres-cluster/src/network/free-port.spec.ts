import { connect } from 'node:net';
import { HeldPorts } from './free-port';

const HOST = '127.0.0.1';

describe('reserved ports', () => {
  let held: HeldPorts;
  beforeEach(() => {
    held = new HeldPorts(HOST);
  });
  afterEach(() => held.close());

  it('are all different, even when one block is not enough', async () => {
    expect(new Set(await held.holdFree(40)).size).toBe(40);
  });

  it('stay reserved while a node is down, until the cluster ends', async () => {
    const ports = await held.holdFree(3);
    await held.releaseAll();
    const others = Array.from({ length: 4 }, () => new HeldPorts(HOST));
    const taken = (await Promise.all(others.map((other) => other.holdFree(31)))).flat();
    expect(taken.filter((port) => ports.includes(port))).toEqual([]);
    await Promise.all(others.map((other) => other.close()));
  });

  it('are outside the range of outgoing connections', async () => {
    for (const port of await held.holdFree(5)) expect(port).toBeLessThan(32_768);
  });

  it('cannot be taken by others until they are released', async () => {
    const [port] = (await held.holdFree(1)) as [number];
    const message = `Port ${port} on ${HOST} is already in use`;
    await expect(new HeldPorts(HOST).hold([port])).rejects.toThrow(message);
    await held.release(port);
    const connecting = new Promise((_, reject) => connect(port, HOST).once('error', reject));
    await expect(connecting).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('are from 1 to 65535', async () => {
    await expect(held.hold([65_536])).rejects.toThrow('port is 65536; ports are from 1 to 65535');
  });
});
