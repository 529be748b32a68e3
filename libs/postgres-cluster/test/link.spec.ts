import { Client } from 'pg';
import { type ClusterNode, PostgresCluster, until } from '../src';

describe('the link between clients and a node', () => {
  let cluster: PostgresCluster;
  let node: ClusterNode;
  const clients: Client[] = [];

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 1, proxied: true });
    node = cluster.replicas[0]!;
  });
  afterEach(async () => {
    await node.link.restore();
    await Promise.allSettled(clients.splice(0).map((client) => client.end()));
  });
  afterAll(() => cluster.stop());

  const connect = async (timeoutMs = 5_000) => {
    const client = new Client({ connectionString: node.url('postgres'), connectionTimeoutMillis: timeoutMs });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const timed = async (work: () => Promise<unknown>) => {
    const startedAt = performance.now();
    await work();
    return performance.now() - startedAt;
  };

  it("connects the port that clients use with the server's port", async () => {
    expect(node.name).toBe(`127.0.0.1:${node.port}`);
    expect(node.directPort).not.toBe(node.port);
    const client = await connect();
    const { rows } = await client.query(`SELECT current_setting('port')::int AS port`);
    expect(rows).toEqual([{ port: node.directPort }]);
  });

  it('counts one round trip for each time a client waits for an answer', async () => {
    const client = await connect();
    const before = node.link.counters;
    await client.query('SELECT 1');
    await client.query('SELECT $1::int', [1]);
    await client.query('SELECT 1; SELECT 2; SELECT 3');
    const after = node.link.counters;
    expect(after.roundTrips - before.roundTrips).toBe(3);
    expect(after.connections).toBe(before.connections);
    expect(after.bytesToServer).toBeGreaterThan(before.bytesToServer);
    expect(after.bytesToClient).toBeGreaterThan(before.bytesToClient);
  });

  it('passes on a large result unchanged', async () => {
    const client = await connect();
    const { rows } = await client.query<{ text: string }>(`SELECT repeat('0123456789', 1000000) AS text`);
    expect(rows[0]!.text).toHaveLength(10_000_000);
    expect(rows[0]!.text.endsWith('0123456789')).toBe(true);
  });

  it('cut: passes nothing on, keeps sockets open, and delivers what was sent after restore', async () => {
    const client = await connect();
    node.link.cut();
    let settled = false;
    const answer = client.query<{ one: number }>('SELECT 1 AS one').finally(() => (settled = true));
    await expect(connect(300)).rejects.toThrow('timeout');
    expect(settled).toBe(false);
    // Controls and other nodes bypass this link.
    await node.query('SELECT 1');
    await cluster.primary.query('SELECT 1');
    await node.link.restore();
    expect((await answer).rows).toEqual([{ one: 1 }]);
  });

  it('cut: hides from the server until restore that a client has gone', async () => {
    const client = await connect();
    await client.query(`SET application_name = 'leaver'`);
    const backends = async () =>
      (await node.query(`SELECT FROM pg_stat_activity WHERE application_name = 'leaver'`)).rowCount;
    node.link.cut();
    const stream = (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream;
    stream.destroy();
    await expect(connect(200)).rejects.toThrow('timeout');
    expect(await backends()).toBe(1);
    await node.link.restore();
    await until('the server to notice', async () => (await backends()) === 0);
  });

  it('reset: breaks connections at once and refuses new ones until restore', async () => {
    const client = await connect();
    const answer = client.query('SELECT pg_sleep(60)');
    void node.link.reset();
    await expect(answer).rejects.toThrow(/ECONNRESET|terminated/);
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await node.link.restore();
    await (await connect()).query('SELECT 1');
  });

  it("breaks clients' connections when the server is killed, as without a proxy", async () => {
    const client = await connect();
    const answer = client.query('SELECT pg_sleep(60)');
    const broken = expect(answer).rejects.toThrow(/ECONNRESET|terminated/);
    await node.kill();
    await broken;
    await expect(connect()).rejects.toThrow(/ECONNRESET|terminated/);
    await node.start();
    await (await connect()).query('SELECT 1');
  });

  it('adds a latency to every round trip, once', async () => {
    const client = await connect();
    const latencyMs = 50;
    node.link.setLatencyMs(latencyMs);
    const tookMs = await timed(async () => {
      for (let trip = 0; trip < 4; trip++) await client.query('SELECT 1');
    });
    expect(tookMs).toBeGreaterThanOrEqual(4 * latencyMs - 1);
    expect(tookMs).toBeLessThan(8 * latencyMs);
  });

  it('limits the rate of each direction over all connections together', async () => {
    const [one, two] = [await connect(), await connect()];
    const bytes = 100_000;
    node.link.setBytesPerSecond(500_000);
    const read = (client: Client, times = 1) =>
      client.query('SELECT repeat($1, $2::int)', ['x', bytes * times]);
    const tookMs = await timed(() => Promise.all([read(one), read(two)]));
    expect(tookMs).toBeGreaterThanOrEqual(390);
    node.link.setBytesPerSecond(undefined);
    const limitedMs = 2_000;
    expect(await timed(() => read(one, 10))).toBeLessThan(limitedMs / 2);
  });

  it.each([
    ['setLatencyMs', -1, 'latencyMs is -1; it must be 0 or more'],
    ['setBytesPerSecond', 0, 'bytesPerSecond is 0; it must be more than 0'],
  ] as const)('%s refuses %d', (control, value, message) => {
    expect(() => node.link[control](value)).toThrow(message);
  });
});

it('says how to enable the link when there is none', async () => {
  await using cluster = await PostgresCluster.start({ replicas: 0 });
  expect(() => cluster.primary.link).toThrow('start the cluster with { proxied: true }');
});
