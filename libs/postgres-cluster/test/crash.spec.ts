import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { type ClusterNode, PostgresCluster, until } from '../src';
import { postgresProcessesIn, signal } from '../src/process/processes';
import { containersOf } from './support/containers';

describe('crashes, restarts and hangs', () => {
  let cluster: PostgresCluster;
  let primary: ClusterNode;
  let replica: ClusterNode;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 1 });
    [primary, replica] = cluster.nodes as [ClusterNode, ClusterNode];
    await primary.query('CREATE TABLE marks (id int PRIMARY KEY)');
  });
  afterAll(() => cluster.stop());

  const connect = async (node: ClusterNode, timeoutMs = 5_000) => {
    const client = new Client({ connectionString: node.url('postgres'), connectionTimeoutMillis: timeoutMs });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  it.each(['fast', 'immediate'] as const)('comes back with its data after a %s restart', async (mode) => {
    await primary.query('INSERT INTO marks SELECT coalesce(max(id), 0) + 1 FROM marks');
    const before = await primary.query('SELECT * FROM marks');
    const pid = primary.pid;
    await primary.restart(mode);
    expect(primary.pid).not.toBe(pid);
    expect((await primary.query('SELECT * FROM marks')).rows).toEqual(before.rows);
    await until('the replica to stream again', async () => (await primary.walSenders(replica)).length === 1);
  });

  it('waits for its clients in smart mode, up to the limit', async () => {
    const client = await connect(replica);
    await expect(replica.stop('smart', 200)).rejects.toThrow('Waited 200 ms for the smart stop');
    await client.end();
    await until('the stop', () => !replica.isRunning);
    await replica.start();
  });

  it('leaves no process of a killed node running, and recovers at the next start', async () => {
    await primary.query('INSERT INTO marks VALUES (1001)');
    const busy = await connect(primary);
    const broken = expect(busy.query('SELECT pg_sleep(60)')).rejects.toThrow(/ECONNRESET|terminated/);
    expect(postgresProcessesIn(primary.dataDirectory)).toContain(primary.pid);
    await primary.kill();
    await broken;
    expect(primary.isRunning).toBe(false);
    expect(postgresProcessesIn(primary.dataDirectory)).toEqual([]);
    await expect(connect(primary)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await primary.start();
    expect((await primary.query('SELECT FROM marks WHERE id = 1001')).rowCount).toBe(1);
    await cluster.waitForReplication();
  });

  it('notices when someone else has killed a postmaster', async () => {
    signal(replica.pid!, 'SIGKILL');
    await until('the death to be noticed', () => !replica.isRunning);
    await replica.start();
    await cluster.waitForReplication();
  });

  it('restarts all backends of a node when one is killed', async () => {
    const victim = await connect(replica);
    const bystander = await connect(replica);
    const [pid] = await replica.backendPids();
    signal(pid!, 'SIGKILL');
    await until('both connections to break', async () => {
      const results = await Promise.allSettled([victim.query('SELECT 1'), bystander.query('SELECT 1')]);
      return results.every(({ status }) => status === 'rejected');
    });
    await until('the node to answer', async () => (await replica.query('SELECT 1')).rowCount === 1);
    await cluster.waitForReplication();
  });

  it('answers neither old nor new connections while frozen, and resumes after thaw', async () => {
    const client = await connect(replica);
    replica.freeze();
    const answer = client.query<{ one: number }>('SELECT 1 AS one');
    await expect(connect(replica, 300)).rejects.toThrow('timeout');
    let answered = false;
    void answer.then(() => (answered = true));
    expect(answered).toBe(false);
    expect(replica.isRunning).toBe(true);
    replica.thaw();
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
    await cluster.waitForReplication();
  });

  it('leaves a replica lagging silently when its walsender is stopped', async () => {
    const [sender] = await primary.walSenders(replica);
    signal(sender!, 'SIGSTOP');
    await primary.query('INSERT INTO marks VALUES (1002)');
    await expect(cluster.waitForReplication({ timeoutMs: 200 })).rejects.toThrow(replica.name);
    const { rows } = await replica.query('SELECT status FROM pg_stat_wal_receiver');
    expect(rows).toEqual([{ status: 'streaming' }]);
    signal(sender!, 'SIGCONT');
    await cluster.waitForReplication();
  });

  it('stops with its nodes in any state, and leaves no process and no file', async () => {
    await using doomed = await PostgresCluster.start({ replicas: 2 });
    const directories = doomed.nodes.map(({ dataDirectory }) => dataDirectory);
    const [first, second, third] = doomed.nodes as [ClusterNode, ClusterNode, ClusterNode];
    const [sender] = await first.walSenders(second);
    signal(sender!, 'SIGSTOP');
    second.freeze();
    await third.kill();
    await doomed.stop();
    expect(directories.flatMap((directory) => postgresProcessesIn(directory))).toEqual([]);
    expect(containersOf(doomed.directory)).toEqual([]);
    expect(existsSync(doomed.directory)).toBe(false);
  });
});
