import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../src';
import { sendCancelRequest } from '../src/postgres/protocol/cancel';
import { demandTls, refusePlain, untilAsleep } from './connection-support';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const SSL_REQUEST = 80877103;

describe('encrypted connections', () => {
  let cluster: PostgresCluster;
  let authorities: string[];
  let pool: RoutedPool | undefined;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    authorities = await Promise.all(cluster.nodes.map((node) => demandTls(node)));
    const users = [cluster.credentials('migrator').user, cluster.credentials('monitor').user].join();
    await Promise.all(cluster.nodes.map((node) => refusePlain(node, users)));
  });
  afterEach(async () => {
    await pool?.end();
    pool = undefined;
  });
  afterAll(() => cluster.stop());

  const ca = () => authorities.map((file) => readFileSync(file, 'utf8'));

  async function expectEncrypted(routed: RoutedPool): Promise<void> {
    await untilAllFit(routed, 1);
    const client = await routed.connect();
    await client.query('BEGIN');
    await routed.query('SELECT 1');
    for (const node of cluster.nodes) {
      const { rows } = await node.query<{ name: string; ssl: boolean }>(
        `SELECT application_name AS name, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
          WHERE usename = ANY ($1) ORDER BY 1`,
        [[cluster.credentials('migrator').user, cluster.credentials('monitor').user]],
      );
      expect(rows.map(({ name }) => name)).toContain('db-routing (monitor)');
      expect(rows.map(({ name }) => name)).toContain('db-routing');
      expect(rows.filter(({ ssl }) => !ssl)).toEqual([]);
    }
    await client.query('COMMIT');
    client.release();
  }

  it('are what the option ssl asks for, the monitor included', async () => {
    pool = await startPool(cluster, { ssl: { ca: ca() } });
    await expectEncrypted(pool);
  });

  it('are what the URL asks for', async () => {
    pool = await startPool(cluster, { url: `${cluster.url('migrator')}?sslmode=no-verify` });
    await expectEncrypted(pool);
  });

  it('are checked where they are to be', async () => {
    const start = startPool(cluster, { ssl: true, startTimeoutMs: 500 });
    await expect(start).rejects.toThrow(/self-signed certificate/);
  });

  it('verify a node that a name led to by that name, and another one by its address', async () => {
    const { primary } = cluster;
    // Both authorities in one file, as while one of them is being replaced.
    const file = join(primary.dataDirectory, 'authorities.crt');
    const renewed = await demandTls(primary, 'DNS:localhost');
    writeFileSync(file, [authorities[1]!, renewed].map((path) => readFileSync(path, 'utf8')).join(''));
    const { rows } = await primary.query<{ id: string }>(
      'SELECT system_identifier::text AS id FROM pg_control_system()',
    );
    const url = (host: string) =>
      `${primary.url('migrator').replace('127.0.0.1', host)}?sslmode=verify-full&sslrootcert=${file}`;
    const options = { systemId: rows[0]!.id, startTimeoutMs: 2_000 };
    try {
      pool = await startPool(cluster, { ...options, url: url('localhost'), discovery: 'dns' });
      await eventually('the primary', () => pool!.topology.primary?.address.host === '127.0.0.1');
      await expect(pool.query('SELECT 1 AS one')).resolves.toMatchObject({ rows: [{ one: 1 }] });
      await expect(startPool(cluster, { ...options, url: url('127.0.0.1') })).rejects.toThrow(
        /does not match certificate's altnames/,
      );
    } finally {
      await demandTls(primary);
      authorities = cluster.nodes.map(({ dataDirectory }) => join(dataDirectory, 'tls.crt'));
    }
  });

  it('carry cancel requests as well', async () => {
    const firsts: number[] = [];
    const relay = createServer((from) => {
      const to = connect(cluster.primary.port, cluster.primary.host);
      from.once('data', (bytes) => firsts.push(bytes.readInt32BE(4)));
      from.pipe(to).pipe(from);
      for (const [socket, other] of [
        [from, to],
        [to, from],
      ] as const) {
        socket.on('error', () => other.destroy());
        socket.on('close', () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const client = new Client({
      ...cluster.credentials('migrator'),
      host: '127.0.0.1',
      port: (relay.address() as AddressInfo).port,
      database: 'shop',
      ssl: { ca: ca() },
    });
    await client.connect();
    const sleeping = client.query('SELECT pg_sleep(60)');
    await untilAsleep(cluster.primary);
    await sendCancelRequest(client, 1_000);
    await expect(sleeping).rejects.toMatchObject({ code: '57014' });
    await client.end();
    await new Promise((resolve) => relay.close(resolve));
    expect(firsts).toEqual([SSL_REQUEST, SSL_REQUEST]);
  });
});
