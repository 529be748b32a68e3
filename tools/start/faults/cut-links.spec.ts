import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';

const TYPESCRIPT = join(__dirname, '../../../libs/service-kit/test/run-typescript.cjs');
const PRELOAD = join(__dirname, 'cut-links.preload');
/** Connects to the port as often as it is told to; sends what it is told, and reports what it receives. */
const CLIENT = `
  const { connect } = require('node:net');
  const sockets = [];
  process.on('message', ({ open, send, port }) => {
    if (open) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      socket.on('connect', () => process.send('connected'));
      socket.on('data', (data) => process.send(String(data)));
    }
    if (send) sockets[0].write(send);
  });
  setInterval(() => undefined, 60_000);
  process.send('ready');
`;

describe('a cut link between a service and a node', () => {
  let server: Server;
  let child: ChildProcess;
  const received: string[] = [];
  const atClient: unknown[] = [];
  let served: Socket | undefined;

  beforeAll(async () => {
    server = createServer((socket) => {
      served ??= socket;
      socket.on('error', () => undefined).on('data', (data: Buffer) => received.push(data.toString()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    child = spawn(process.execPath, ['-r', TYPESCRIPT, '-r', PRELOAD, '-e', CLIENT], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (message) => atClient.push(message));
    await until('the client to run', () => atClient.includes('ready'));
  });
  afterAll(async () => {
    child.kill('SIGKILL');
    await new Promise((resolve) => server.close(resolve));
  });

  const port = () => (server.address() as AddressInfo).port;
  const tell = (message: object) => child.send({ cutPorts: [], ...message });

  it('passes nothing in either direction, connects no more, and delivers everything afterwards', async () => {
    tell({ open: true, port: port() });
    await until('a connection', () => atClient.includes('connected') && served !== undefined);
    tell({ send: 'before;' });
    await until('the first bytes', () => received.join('') === 'before;');
    const cutPorts = [port()];
    tell({ cutPorts, open: true, port: port() });
    tell({ cutPorts, send: 'during;' });
    served!.write('answer;');
    // Another connection of the same process still works, so what is silent is silent because of the cut.
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    tell({ cutPorts, open: true, port: (other.address() as AddressInfo).port });
    await until('the other connection', () => atClient.filter((each) => each === 'connected').length === 2);
    other.close();
    expect([received.join(''), atClient]).toEqual(['before;', ['ready', 'connected', 'connected']]);
    tell({});
    await until('all of it', () => received.join('') === 'before;during;' && atClient.includes('answer;'));
    await until('the third connection', () => atClient.filter((each) => each === 'connected').length === 3);
  });
});
