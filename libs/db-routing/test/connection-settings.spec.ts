import { inspect } from 'node:util';
import { Client } from 'pg';
import type { PostgresCluster } from '@app/postgres-cluster';
import { sendCancelRequest } from '../src/postgres/protocol/cancel';
import { type RoutedPool, type RoutedPoolOptions, Session } from '../src';
import { SocketDirectory, untilAsleep } from './connection-support';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('connection settings', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool | undefined;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query('CREATE SCHEMA tenant; CREATE TABLE tenant.t AS SELECT 1 AS id');
    await cluster.primary.query('GRANT USAGE ON SCHEMA tenant TO PUBLIC; GRANT ALL ON tenant.t TO PUBLIC');
    await cluster.waitForReplication();
  });
  afterEach(async () => {
    await pool?.end();
    pool = undefined;
  });
  afterAll(() => cluster.stop());

  const withoutPassword = () => cluster.url('migrator').replace(/:[^:@/]+@/, '@');
  async function start(options: Partial<RoutedPoolOptions>): Promise<RoutedPool> {
    pool = await startPool(cluster, options);
    await untilAllFit(pool, 1);
    return pool;
  }

  it('ask for the password at every new connection: pool, lanes, and the monitor', async () => {
    let calls = 0;
    const { user, password } = cluster.credentials('migrator');
    let current = password;
    const routed = await start({
      url: withoutPassword(),
      monitor: {
        user: cluster.credentials('monitor').user,
        password: () => cluster.credentials('monitor').password,
      },
      password: async () => {
        calls += 1;
        return Promise.resolve(current);
      },
    });
    const answers = await Promise.all([
      routed.query('SELECT pg_is_in_recovery() AS is_replica'),
      routed.query('CREATE TEMP TABLE x ()'),
    ]);
    expect(answers[0].rows).toEqual([{ is_replica: true }]);
    expect(calls).toBeGreaterThanOrEqual(2);

    current = 'of-the-next-hour';
    await cluster.primary.query(`ALTER ROLE ${user} PASSWORD '${current}'`);
    try {
      const before = calls;
      await Promise.all(
        Array.from({ length: 4 }, () => routed.query('SELECT pg_sleep(0.2), txid_current()')),
      );
      expect(calls).toBeGreaterThan(before);
    } finally {
      await cluster.primary.query(`ALTER ROLE ${user} PASSWORD '${password}'`);
      await cluster.waitForReplication();
    }
  });

  it('of the URL serve the monitor as well where it has none of its own', async () => {
    const { password } = cluster.credentials('monitor');
    const url = cluster.url('monitor').replace(/:[^:@/]+@/, '@');
    const routed = await start({ url, monitor: undefined, password: () => password });
    expect((await routed.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('reach every node by its socket', async () => {
    const directory = new SocketDirectory();
    try {
      const ports = await Promise.all(cluster.nodes.map((node) => directory.leadTo(node)));
      const { user, password } = cluster.credentials('migrator');
      const hosts = ports.map(() => directory.path).join();
      const routed = await start({
        url: `postgres://${user}:${encodeURIComponent(password)}@/shop?host=${hosts}&port=${ports.join()}`,
      });
      expect(routed.topology.nodes.map(({ address }) => address.name)).toEqual(
        ports.map((port) => `${directory.path}:${port}`),
      );
      expect(
        (await routed.query('SELECT inet_server_addr() IS NOT NULL, pg_is_in_recovery() AS r')).rows[0],
      ).toMatchObject({
        r: true,
      });
      await routed.query('CREATE TABLE by_socket ()');
      await routed.end();
      pool = undefined;

      const client = new Client({ host: directory.path, port: ports[0]!, user, password, database: 'shop' });
      await client.connect();
      const sleeping = client.query('SELECT pg_sleep(60)');
      await untilAsleep(cluster.primary);
      await sendCancelRequest(client, 1_000);
      await expect(sleeping).rejects.toMatchObject({ code: '57014' });
      await client.end();
    } finally {
      await directory.remove();
    }
  });

  it('of the server, from the URL, come beside those of the pool, on lanes and on connections of their own', async () => {
    const routed = await start({
      url: `${cluster.url('migrator')}?options=-c%20search_path%3Dtenant%20-c%20app.name%3Da&application_name=named`,
    });
    const SETTINGS = `SELECT current_setting('search_path') AS path, current_setting('app.name') AS app,
      current_setting('client_connection_check_interval') AS checks, current_setting('application_name') AS name,
      current_setting('statement_timeout') AS timeout, id FROM t`;
    const expected = { path: 'tenant', app: 'a', checks: '2s', name: 'named', timeout: '30s', id: 1 };
    expect((await routed.query(SETTINGS)).rows).toEqual([expected]);
    const client = await routed.connect();
    await client.query('BEGIN');
    expect(await client.query(SETTINGS)).toMatchObject({ rows: [expected] });
    await client.query('COMMIT');
    client.release();
  });

  it('say how values are read, on lanes and on connections of their own', async () => {
    const routed = await start({
      types: { getTypeParser: (oid: number) => (text: string) => `${oid}:${text}` },
    });
    expect((await routed.query('SELECT 1 AS one, true AS yes')).rows).toEqual([{ one: '23:1', yes: '16:t' }]);
    await new Session().run(async () => {
      expect((await routed.query('SELECT txid_current() > 0 AS yes')).rows).toEqual([{ yes: '16:t' }]);
      expect((await routed.query('SELECT 1 AS one')).rows).toEqual([{ one: '23:1' }]);
      await routed.transactions.run({}, () => routed.query('CREATE TABLE typed ()'));
    });
    await routed.refreshCatalog();
  });

  it('show no password where the pool is printed', async () => {
    const routed = await start({});
    await routed.query('SELECT 1');
    const { password } = cluster.credentials('migrator');
    const shown = inspect(routed, { depth: 12, showHidden: true });
    expect(shown).not.toContain(password);
    expect(shown).not.toContain(cluster.credentials('monitor').password);
  });

  it('name a node that refuses the password, and not the password', async () => {
    const secret = 'a-wrong-SECRET';
    const failed = startPool(cluster, {
      url: cluster.url('migrator'),
      monitor: { user: 'nobody', password: secret },
      startTimeoutMs: 500,
    });
    const error: unknown = await failed.catch((reason: unknown) => reason);
    expect(inspect(error, { depth: 9 })).toMatch(/password authentication failed/);
    expect(inspect(error, { depth: 9 })).not.toContain(secret);
  });
});
