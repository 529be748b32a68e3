import { connect } from 'node:net';
import { HeldPorts } from './free-port';

const HOST = '127.0.0.1';

describe('ports that are held', () => {
  let held: HeldPorts;
  beforeEach(() => {
    held = new HeldPorts(HOST);
  });
  afterEach(() => held.releaseAll());

  it('are free ones, different, and not among the excepted', async () => {
    const first = await held.holdFree(3);
    const others = new HeldPorts(HOST);
    await held.releaseAll();
    const second = await others.holdFree(3, first);
    await others.releaseAll();
    expect(new Set([...first, ...second]).size).toBe(6);
  });

  it('are clear of those that systems give to outgoing connections', async () => {
    for (const port of await held.holdFree(5)) expect(port).toBeLessThan(32_768);
  });

  it('are not to be had by others until they are released', async () => {
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
