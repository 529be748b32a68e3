import { type AddressInfo, createServer, type Server } from 'node:net';
import { systemClock, systemRandom } from '../src/clock';
import { HeavyStatements } from '../src/postgres/lanes/heavy-statements';
import { NodePool } from '../src/postgres/connections/node-pool';

/** AuthenticationOk and ReadyForQuery, with a FATAL 57P01 right behind them. */
const LOGIN_AND_GOODBYE = Buffer.concat([
  message('R', Buffer.from([0, 0, 0, 0])),
  message('Z', Buffer.from('I')),
  message(
    'E',
    Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'),
  ),
]);

/** A fake server that shuts down at login: a real one's behaviour there depends on how its packets fall. */
describe('a server that says goodbye in the packet that ends the login', () => {
  let server: Server;
  let pool: NodePool;

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(LOGIN_AND_GOODBYE));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    pool = new NodePool(
      { name: `127.0.0.1:${port}`, host: '127.0.0.1', port },
      { isReplica: () => false, onFailure: () => undefined, onStray: () => undefined },
      {
        connection: { connectionString: `postgres://nobody:secret@127.0.0.1:${port}/shop` },
        prepareStatements: true,
        readQueueWaitMs: 2000,
        clock: systemClock,
        random: systemRandom,
        habits: new HeavyStatements({ clock: systemClock }),
        maxConnections: 1,
        acquireTimeoutMs: 2_000,
        statementTimeoutMs: 2_000,
        idleInTransactionTimeoutMs: 2_000,
      },
    );
  });
  afterAll(async () => {
    await pool.end();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is a broken connection, and not the end of the process', async () => {
    const connection = await pool.acquire();
    await expect(connection.query('SELECT 1', undefined)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
    connection.release();
  });
});

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}
