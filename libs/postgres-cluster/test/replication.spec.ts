import { Client } from 'pg';
import { type ClusterNode, PostgresCluster, until } from '../src';
import { signal } from '../src/process/processes';

const database = {
  name: 'app',
  owner: 'owner',
  roles: { owner: {}, writer: {}, reader: {}, watcher: { memberOf: ['pg_monitor'] } },
};

describe('a cluster with two replicas', () => {
  let cluster: PostgresCluster;
  let primary: ClusterNode;
  let replica: ClusterNode;
  let other: ClusterNode;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ database });
    [primary, replica, other] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
    await primary.query('CREATE TABLE marks (id int PRIMARY KEY)');
  });
  afterAll(() => cluster.stop());

  const countOf = async (node: ClusterNode) => {
    const { rows } = await node.query<{ count: number }>('SELECT count(*)::int AS count FROM marks');
    return rows[0]?.count;
  };

  it('streams what the primary commits to both replicas', async () => {
    await primary.query('INSERT INTO marks SELECT generate_series(1, 1000)');
    await cluster.waitForReplication();
    expect([await countOf(replica), await countOf(other)]).toEqual([1000, 1000]);
    const { rows } = await primary.query(
      'SELECT application_name, state FROM pg_stat_replication ORDER BY 1',
    );
    expect(rows).toEqual([
      { application_name: 'node_1', state: 'streaming' },
      { application_name: 'node_2', state: 'streaming' },
    ]);
  });

  it('has one physical slot for each replica, with a limit on the WAL it keeps', async () => {
    const { rows } = await primary.query(
      'SELECT slot_name, slot_type, active FROM pg_replication_slots ORDER BY 1',
    );
    expect(rows).toEqual([
      { slot_name: 'node_1', slot_type: 'physical', active: true },
      { slot_name: 'node_2', slot_type: 'physical', active: true },
    ]);
    const { rows: limit } = await primary.query('SHOW max_slot_wal_keep_size');
    expect(limit).toEqual([{ max_slot_wal_keep_size: '1GB' }]);
  });

  it('keeps commits durable: fsync, full page writes and synchronous commit are on', async () => {
    const { rows } = await primary.query(
      `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY 1`,
    );
    expect(rows.map(({ setting }) => setting as string)).toEqual(['on', 'on', 'on']);
  });

  it('refuses to write on a replica', async () => {
    await expect(replica.query('INSERT INTO marks VALUES (-1)')).rejects.toMatchObject({ code: '25006' });
  });

  it('pauses replay on one replica while the other continues, and catches up after resume', async () => {
    const before = (await countOf(replica))!;
    await replica.pauseReplay();
    await primary.query('INSERT INTO marks VALUES (2001)');
    await cluster.waitForReplication({ replicas: [other] });
    expect([await countOf(other), await countOf(replica)]).toEqual([before + 1, before]);
    await expect(cluster.waitForReplication({ replicas: [replica], timeoutMs: 50 })).rejects.toThrow(
      replica.name,
    );
    await replica.resumeReplay();
    await cluster.waitForReplication();
    expect(await countOf(replica)).toBe(before + 1);
  });

  it('delays commits on a replica by the given time', async () => {
    const delayMs = 400;
    await replica.setApplyDelay(delayMs);
    const before = (await countOf(replica))!;
    const committedAt = performance.now();
    await primary.query('INSERT INTO marks VALUES (2002)');
    await cluster.waitForReplication({ replicas: [other] });
    expect(await countOf(replica)).toBe(before);
    await until('the delayed commit', async () => (await countOf(replica)) === before + 1);
    expect(performance.now() - committedAt).toBeGreaterThanOrEqual(delayMs - 1);
    await replica.setApplyDelay(0);
    await primary.query('INSERT INTO marks VALUES (2003)');
    await cluster.waitForReplication({ timeoutMs: 2_000 });
  });

  it('ends an apply delay while replay waits for it', async () => {
    await replica.setApplyDelay(600_000);
    await primary.query('INSERT INTO marks VALUES (2004)');
    await cluster.waitForReplication({ replicas: [other] });
    await replica.setApplyDelay(0);
    await cluster.waitForReplication({ timeoutMs: 5_000 });
    expect(await countOf(replica)).toBe(await countOf(primary));
  });

  it('gives one multi-host URL and one URL for each node', () => {
    const { user, password } = cluster.credentials('watcher');
    const hosts = cluster.nodes.map(({ name }) => name);
    expect(cluster.url('watcher')).toBe(`postgres://${user}:${password}@${hosts.join(',')}/app`);
    expect(cluster.url('watcher', { nodes: [other], database: 'postgres' })).toBe(
      `postgres://${user}:${password}@${other.name}/postgres`,
    );
    expect(other.url('watcher')).toBe(cluster.url('watcher', { nodes: [other] }));
  });

  it('lists the existing roles when asked for another', () => {
    const message =
      'role is "nobody"; this cluster was started with postgres, replicator, owner, writer, reader, watcher.';
    expect(() => cluster.url('nobody')).toThrow(new RangeError(message));
    expect(() => other.url('nobody')).toThrow(RangeError);
    expect(() => cluster.credentials('nobody')).toThrow(RangeError);
  });

  it('refuses connections without the password', async () => {
    const client = new Client({ connectionString: primary.url('watcher').replace(/:[^:@/]+@/, ':wrong@') });
    await expect(client.connect()).rejects.toMatchObject({ code: '28P01' });
    const { rows } = await primary.query('SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    expect(rows).toEqual([{ auth_method: 'scram-sha-256' }]);
  });

  it.each([
    ['writer', 'CREATE TABLE mine (id int)', '42501'],
    ['writer', 'CREATE TEMP TABLE mine (id int)', '42501'],
    ['writer', 'SELECT * FROM marks', '42501'],
    ['reader', 'SELECT * FROM marks', '42501'],
    ['reader', 'CREATE TABLE mine (id int)', '42501'],
    ['watcher', 'SELECT * FROM marks', '42501'],
    ['owner', 'CREATE ROLE another', '42501'],
    ['owner', "COPY (SELECT 1) TO PROGRAM 'true'", '42501'],
  ] as const)('does not allow %s to run: %s', async (role, sql, code) => {
    const client = new Client({ connectionString: primary.url(role) });
    await client.connect();
    await expect(client.query(sql)).rejects.toMatchObject({ code });
    await client.end();
  });

  it('allows the owner to create tables, and a member of pg_monitor to read what a probe needs', async () => {
    const owner = new Client({ connectionString: primary.url('owner') });
    await owner.connect();
    await owner.query('CREATE TABLE migrated (id int); GRANT SELECT ON migrated TO reader');
    await owner.end();
    const watcher = new Client({ connectionString: replica.url('watcher') });
    await watcher.connect();
    const { rows } = await watcher.query(
      `SELECT pg_is_in_recovery() AS recovering, (SELECT status FROM pg_stat_wal_receiver) AS receiver,
              (SELECT system_identifier FROM pg_control_system()) IS NOT NULL AS identified,
              pg_get_wal_replay_pause_state() AS pause, pg_postmaster_start_time() IS NOT NULL AS started`,
    );
    expect(rows).toEqual([
      { recovering: true, receiver: 'streaming', identified: true, pause: 'not paused', started: true },
    ]);
    await watcher.end();
  });

  it('finds the walsender of each replica and the backends that serve clients', async () => {
    const senders = await primary.walSenders();
    expect(senders).toHaveLength(2);
    expect([...(await primary.walSenders(replica)), ...(await primary.walSenders(other))].sort()).toEqual(
      [...senders].sort(),
    );
    const client = new Client({ connectionString: replica.url('watcher') });
    await client.connect();
    const ended = new Promise<{ code?: string }>((resolve) => client.once('error', resolve));
    client.on('error', () => undefined);
    const backends = await replica.backendPids();
    expect(backends).toHaveLength(1);
    // In a container, PostgreSQL numbers its pids itself, so only the effect of a signal shows that this is
    // the right pid.
    signal(backends[0]!, 'SIGTERM');
    expect(await ended).toMatchObject({ code: '57P01' });
    const [sender] = await primary.walSenders(replica);
    const senderOf = async () => (await primary.walSenders(replica))[0] ?? sender;
    signal(sender!, 'SIGTERM');
    await until('another walsender for the replica', async () => (await senderOf()) !== sender);
    await cluster.waitForReplication();
  });

  it('adds a replica that streams and is in the URL', async () => {
    const added = await cluster.addReplica();
    expect(cluster.nodes).toHaveLength(4);
    expect(await countOf(added)).toBe(await countOf(primary));
    expect(cluster.url('writer')).toContain(added.name);
    await primary.query('INSERT INTO marks VALUES (3001)');
    await cluster.waitForReplication();
    expect(await countOf(added)).toBe(await countOf(primary));
    expect(await primary.walSenders(added)).toHaveLength(1);
  });

  it('drops everything on reset, and keeps nodes, ports and passwords', async () => {
    const url = cluster.url('writer');
    await cluster.reset();
    expect(cluster.url('writer')).toBe(url);
    const { rows } = await primary.query(`SELECT to_regclass('marks') AS marks`);
    expect(rows).toEqual([{ marks: null }]);
    expect(await primary.walSenders()).toHaveLength(3);
    const client = new Client({ connectionString: cluster.nodes[3]!.url('writer') });
    await client.connect();
    await client.end();
  });
});

it('accepts settings for all nodes, and zero replicas', async () => {
  await using cluster = await PostgresCluster.start({
    replicas: 0,
    settings: { max_connections: '33', 'custom.note': `it's \\ "here"` },
  });
  const { rows } = await cluster.primary.query(
    `SELECT current_setting('max_connections') AS max, current_setting('custom.note') AS note`,
  );
  expect(rows).toEqual([{ max: '33', note: `it's \\ "here"` }]);
  expect(cluster.replicas).toEqual([]);
});

it('names the option, the value and the limit when asked for too many replicas', async () => {
  await expect(PostgresCluster.start({ replicas: 15 })).rejects.toThrow(
    'replicas is 15; it must be a whole number from 0 to 14',
  );
});

it("shows PostgreSQL's output when it does not start", async () => {
  await expect(PostgresCluster.start({ settings: { shared_buffers: 'plenty' } })).rejects.toThrow(
    'invalid value for parameter "shared_buffers"',
  );
});
