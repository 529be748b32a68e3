import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, withReadConsistency } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

const AT_LOGIN = Buffer.from('S\0\0\0\x17in_hot_standby\0off\0', 'latin1');
const OF_ANOTHER_SERVER = Buffer.from('S\0\0\0\x16in_hot_standby\0on\0', 'latin1');

describe('one endpoint for several servers, whose login tells what a replica said', () => {
  let cluster: PostgresCluster;
  let endpoint: Server;
  let pool: RoutedPool;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    cluster = await startCluster();
    const url = new URL(cluster.url('migrator', { nodes: [cluster.primary] }));
    const port = Number(url.port);
    endpoint = createServer((client) => {
      const server = connect(port, url.hostname);
      for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
      client.pipe(server).on('close', () => client.destroy());
      server.on('data', (chunk) => client.write(asIfFromReplica(chunk)));
      client.on('close', () => server.destroy());
    });
    await once(endpoint.listen(0, '127.0.0.1'), 'listening');
    url.port = String((endpoint.address() as AddressInfo).port);
    pool = await startPool(cluster, {
      url: url.href,
      rules: [{ name: 'routing-off', role: 'primary' }],
    });
  });

  afterAll(async () => {
    await pool.end();
    for (const socket of sockets) socket.destroy();
    endpoint.close();
    await cluster.stop();
  });

  it('is used like the primary: writes, transactions, reads on shared connections and on others', async () => {
    await pool.query('CREATE TABLE seen (id int PRIMARY KEY)');
    await pool.query('INSERT INTO seen VALUES (1)');
    await pool.transactions.run({}, () => pool.query('INSERT INTO seen VALUES (2)'));
    const count = async (text: string) => (await pool.query<{ count: number }>(text)).rows[0]!.count;
    const shared = 'SELECT count(*)::int FROM seen';
    expect(await count(shared)).toBe(2);
    expect(await withReadConsistency('strong', () => count(shared))).toBe(2);
    expect(await count('SELECT count(*)::int FROM seen, pg_sleep(0.01)')).toBe(2);
    expect(pool.topology.primary).toBeDefined();
  });
});

/** The message comes whole: the server sends it with the end of the login. */
function asIfFromReplica(chunk: Buffer): Buffer {
  const at = chunk.indexOf(AT_LOGIN);
  if (at < 0) return chunk;
  return Buffer.concat([chunk.subarray(0, at), OF_ANOTHER_SERVER, chunk.subarray(at + AT_LOGIN.length)]);
}
